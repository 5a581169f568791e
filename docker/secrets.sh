#!/bin/sh
# Makes up the passwords at the first start; they stay in their volume. To choose them oneself: write the files there first.
set -eu
umask 022
for name in redis sentinel; do
    file=/secrets/$name
    [ -s "$file" ] && continue
    head -c 24 /dev/urandom | base64 | tr -d '\n=' | tr '+/' 'xy' >"$file"
done
