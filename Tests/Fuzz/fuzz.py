#!/usr/bin/env python3
"""Feeds the parsers with what a fuzzer makes up, and checks more than that nothing crashes.

Whatever way bytes are cut, the same frames are found in them; no frame reaches past its bytes; what is written again
from its arguments is the same. The targets are a file each beside this one; the modules are compiled from
Sources, with libFuzzer and the address sanitizer. What is found stays below .build/fuzz and is printed.

    python3 Tests/Fuzz/fuzz.py                       # a minute for each target
    python3 Tests/Fuzz/fuzz.py --seconds 600 http    # one of them
"""
import argparse, glob, os, re, subprocess, sys
import seeds

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, '.build', 'fuzz')
# In the order in which they depend on one another.
MODULES = ['Bytes', 'RESP', 'HTTP1', 'HTTP2', 'WebSocket', 'Rendering', 'Access', 'Forwarding', 'Gateway']
TARGETS = {'requests': ['RequestFuzz.swift'], 'replies': ['ReplyFuzz.swift', 'JSONText.swift'], 'http': ['HTTPFuzz.swift'],
           'http2': ['HTTP2Fuzz.swift'], 'json': ['JSONFuzz.swift'], 'websocket': ['WebSocketFuzz.swift'],
           # What clients leave on links, against a model of Redis.
           'sessions': ['SessionFuzz.swift', '../ForwardingTests/LinkWorld.swift', '../ForwardingTests/ModelLink.swift']}
# lld, since the default linker warns of a hundred symbols of the sanitizer's own.
SWIFT = ['swiftc', '-O', '-g', '-swift-version', '6', '-enable-upcoming-feature', 'ExistentialAny', '-package-name', 'mastergate',
         '-parse-as-library', '-sanitize=fuzzer,address', '-use-ld=lld', '-I', BUILD, '-I', os.path.join(ROOT, 'Sources', 'CNghttp2')]
INPUT_BYTES_MAX = 2048


def is_newer(path, sources):
    return os.path.exists(path) and all(os.path.getmtime(path) >= os.path.getmtime(source) for source in sources)


def build():
    """The program of each target."""
    os.makedirs(BUILD, exist_ok=True)
    objects, sources = [], [os.path.abspath(__file__)]
    for module in MODULES:
        own = sorted(glob.glob(os.path.join(ROOT, 'Sources', module, '*.swift')))
        sources += own
        objects.append(os.path.join(BUILD, module + '.o'))
        if not is_newer(objects[-1], sources):
            subprocess.run(SWIFT + ['-wmo', '-module-name', module, '-emit-module', '-emit-module-path',
                                    os.path.join(BUILD, module + '.swiftmodule'), '-c', '-o', objects[-1]] + own, check=True)
    programs = {}
    for target, names in TARGETS.items():
        own = [os.path.join(HERE, name) for name in ['FuzzInput.swift'] + names]
        programs[target] = os.path.join(BUILD, target)
        if not is_newer(programs[target], sources + own):
            # With -g, files of the module for the debugger are left in the working folder.
            subprocess.run(SWIFT + ['-wmo', '-module-name', 'Fuzz', '-o', programs[target]] + own + objects + ['-lnghttp2'], check=True, cwd=BUILD)
    return programs


def run(target, program, seconds):
    """Fuzzes for so long; whether something was found."""
    corpus = os.path.join(BUILD, target + '-corpus')
    findings = os.path.join(BUILD, target + '-findings', '')
    os.makedirs(corpus, exist_ok=True)
    os.makedirs(findings, exist_ok=True)
    for number, seed in enumerate(seeds.corpus(target)):
        with open(os.path.join(corpus, 'seed-%d' % number), 'wb') as file:
            file.write(seed)
    with open(os.path.join(BUILD, target + '.words'), 'w') as file:
        file.write(seeds.dictionary(target))
    known = set(os.listdir(findings))
    # Leaks are not looked for: Swift keeps the addresses of some blocks shifted, where the leak sanitizer does not see
    # them. The backtrace of Swift is off, since it can hang in a program that the fuzzer watches.
    environment = dict(os.environ, SWIFT_BACKTRACE='enable=no', ASAN_OPTIONS='detect_leaks=0')
    log = os.path.join(BUILD, target + '.log')
    with open(log, 'wb') as output:
        status = subprocess.run(
            [program, corpus, '-max_total_time=%d' % seconds, '-max_len=%d' % INPUT_BYTES_MAX, '-timeout=10', '-rss_limit_mb=2048',
             '-dict=' + output.name.replace('.log', '.words'), '-artifact_prefix=' + findings, '-print_final_stats=1', '-detect_leaks=0'],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, timeout=seconds + 120).returncode
    with open(log, errors='replace') as output:
        text = output.read()
    executions = re.search(r'stat::number_of_executed_units:\s*(\d+)', text)
    print('%s: %s executions in %d s, %d inputs kept' % (target, executions.group(1) if executions else '?', seconds, len(os.listdir(corpus))), flush=True)
    if status == 0:
        return False
    for line in re.findall(r'.*(?:broken: |ERROR: |Fatal error: ).*', text)[:5]:
        print('  ' + line[:1000])
    for name in sorted(set(os.listdir(findings)) - known):
        with open(os.path.join(findings, name), 'rb') as file:
            print('  %s%s holds %r' % (os.path.relpath(findings, ROOT), '/' + name, file.read()))
    print('  ended with %d; log: %s' % (status, os.path.relpath(log, ROOT)))
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seconds', type=int, default=60, help='for each target')
    parser.add_argument('targets', nargs='*', metavar='TARGET', help=', '.join(TARGETS))
    options = parser.parse_args()
    unknown = set(options.targets) - set(TARGETS)
    if unknown:
        parser.error('there is no target %s' % ', '.join(unknown))
    try:
        programs = build()
        found = [run(target, programs[target], options.seconds) for target in options.targets or TARGETS]
    except (OSError, subprocess.SubprocessError) as error:
        print('fuzz: %s' % error, file=sys.stderr)
        return 2
    return 1 if any(found) else 0


if __name__ == '__main__':
    sys.exit(main())
