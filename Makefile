# make demo         a whole Redis with sentinels behind Mastergate on this machine, to try it out
# make test         every test; needs nothing but a Swift toolchain and apt
# make build        the optimised program, .build/release/mastergate
# make bench        time and allocations of the hot paths, then a table beside other proxies (FILTER=scan, BENCH=--quick)
# make sanitize     every test with the address sanitizer, then with the thread sanitizer (SANITIZE=thread for one)
# make fuzz         the parsers against made-up bytes, SECONDS (60) for each target (FUZZ=http for one)
# make soak         failovers every 20 s for 10 minutes under load: nothing twice, nothing closed, no growth (SOAK='--seconds 120');
#                   then vandals among clients for twice 5 minutes: nothing that one leaves behind reaches another (ISOLATION=60)
# make http-clients the gateway used by requests, websockets, msgpack, upstash-redis, curl, httpx over HTTP/2, read by h11 (PyPI); then behind
#                   nginx, Caddy, Varnish and Apache, those that are installed
# make check-deploy docker/ and k8s/ by the tools of their trades: hadolint, kubernetes-validate, checkov, systemd-analyze and more
# make pods         the start scripts of k8s/ with real servers and sentinels in network namespaces: what survives what (root)
# make hit-counter  the application of k8s/cluster behind Mastergate and on a Redis Cluster, through failovers (root)
# make containers   the image and compose.yaml, really built and started by podman, and mistreated (root)
# make status-page  the status page in Chromium and the metrics by promtool, before, during and after a failover under load
# make browser      web pages of other origins in Chromium, which try to read, write, script, frame and rebind (root, or sudo: installs it)
# make conformance  Redis's own test suite through Mastergate (CONFORMANCE='--single unit/type/list', THREADS=4; REDIS_SERVER and REDIS_SUITE for another server)

.PHONY: help demo test build bench sanitize fuzz soak http-clients check-deploy pods hit-counter containers status-page browser conformance dependencies clean

LIBRARIES = libevent openssl yaml-0.1 zlib libnghttp2
PROGRAMS  = python3 pkg-config redis-server redis-sentinel redis-cli curl openssl pgrep unshare
PACKAGES  = python3 libevent-dev libssl-dev libyaml-dev zlib1g-dev libnghttp2-dev pkg-config redis-server redis-sentinel redis-tools curl openssl procps util-linux

# Swift's own libraries become part of the program: calls into them take no jump table, and it runs without the toolchain.
RELEASE = swift build -c release --static-swift-stdlib

help:
	@sed -n '1,/^$$/s/^# //p' Makefile

demo: build
	@.build/release/mastergate demo $(DEMO)

build: dependencies
	$(RELEASE) --product mastergate

test: dependencies
	swift build --build-tests
	swift test --skip-build

# Fails when a hot path allocates, after the rest has been measured too; FILTER chooses among the hot paths alone.
bench: build
	$(RELEASE) --product benchmarks
	@status=0; \
	.build/release/benchmarks $(if $(FILTER),--filter '$(FILTER)') || status=$$?; \
	[ -n '$(FILTER)' ] || python3 Tests/Tools/end-to-end.py $(BENCH) || status=$$?; \
	exit $$status

sanitize: dependencies
	Tests/Tools/sanitize.sh $(SANITIZE)

fuzz: dependencies
	python3 Tests/Fuzz/fuzz.py --seconds $(or $(SECONDS),60) $(FUZZ)

soak: build
	python3 Tests/Tools/soak.py $(SOAK)
	python3 Tests/Tools/isolation.py --seconds $(or $(ISOLATION),300)
	python3 Tests/Tools/isolation.py --seconds $(or $(ISOLATION),300) --losses

http-clients: build
	python3 Tests/Tools/http-clients.py
	python3 Tests/Tools/front-ends.py

check-deploy: build
	python3 Tests/Tools/check-deploy.py

pods: build
	python3 Tests/Tools/pods.py

hit-counter: build
	python3 Tests/Tools/hit-counter.py

containers:
	python3 Tests/Tools/containers.py

status-page: build
	python3 Tests/Tools/status-page.py

browser: build
	@command -v chromium >/dev/null 2>&1 || { \
	    root=; [ "$$(id -u)" = 0 ] || root=sudo; \
	    $$root apt-get update -q && $$root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium; \
	}
	python3 Tests/Tools/browser.py

conformance: build
	python3 Tests/Tools/conformance.py $(CONFORMANCE)

# Installs by apt what is not there; says nothing when all is.
dependencies:
	@missing=; \
	for program in $(PROGRAMS); do command -v $$program >/dev/null 2>&1 || missing="$$missing $$program"; done; \
	if [ -z "$$missing" ]; then \
	    for library in $(LIBRARIES); do pkg-config --exists $$library || missing="$$missing $$library"; done; \
	fi; \
	if [ -n "$$missing" ]; then \
	    echo "installing what is missing:$$missing"; \
	    root=; [ "$$(id -u)" = 0 ] || root=sudo; \
	    $$root apt-get update -q && \
	    $$root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $(PACKAGES); \
	fi

clean:
	rm -rf .build
