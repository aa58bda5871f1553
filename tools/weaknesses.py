"""Does any locked version have a published weakness? Part of `make check`.

pip-audit ends well too when it reached no database, so its answer is read here and what was not looked up is said.
"""

import json
import subprocess
import sys

AUDIT = ["-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]


def main(requirements: str = "requirements.txt") -> int:
    """Print what was found; 1 when a weakness was."""
    done = subprocess.run([sys.executable, *AUDIT, "--requirement", requirements], capture_output=True, text=True)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        print(f"Not looked up: {(done.stderr.strip() or 'no answer').splitlines()[-1]}")
        return 0
    weak = [(package, weakness) for package in packages for weakness in package.get("vulns", [])]
    for package, weakness in weak:
        fixed = ", ".join(weakness["fix_versions"]) or "none yet"
        print(f"{package['name']} {package['version']}: {weakness['id']}, fixed in {fixed}")
    unknown = sum("skip_reason" in package for package in packages)
    unseen = f"; {unknown} not looked up, for no advisory database was reached" if unknown else ""
    print(f"{len(packages)} packages: {len(weak)} weaknesses{unseen}")
    return int(bool(weak))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
