# Whether what we need is here, and new enough.
# shellcheck shell=bash disable=SC2034

setup="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
tools="${setup%/*}/.flashline/tools"
# The servers that `compose/servers` starts, and what tells one process another time, in the fault campaign.
servers=(rabbitmq redis postgresql libfaketime)
# Only what we brought serves: scripts of ours run beside it, or it is no program at all.
only_brought=(schemathesis localstripe stripe standardwebhooks aiosmtpd)
# Where these are on this machine, their launcher knows.
for kind in rabbitmq postgres; do
    # shellcheck source=/dev/null
    source "${setup%/*}/compose/lib/$kind.sh"
done

# The row of something in `needs`, into the variables least, from and what.
need() {
    read -r _ least from what < <(grep "^$1 " "$setup/needs")
}

# The version that is here; nothing where there is none.
version_of() {
    local said
    said="$(say_version "$1" 2>/dev/null)" && [[ $said =~ [0-9]+(\.[0-9]+)*|any ]] && echo "${BASH_REMATCH[0]}"
}

say_version() {
    case "$1" in
    openssl) openssl version ;;
    cc) command -v cc >/dev/null && echo any ;;
    # Its folder is named for its version. Its own tools take seconds to tell.
    rabbitmq) readlink -f "$(rabbitmq_binary)" | grep -oE 'rabbitmq(_server)?[-/][0-9][0-9.]*' || rabbitmqctl version ;;
    redis) command -v redis-cli >/dev/null && redis-server --version ;;
    postgresql) command -v psql >/dev/null && "$(postgres_bin)/postgres" --version ;;
    libfaketime) compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null && echo any ;;
    # Debian keeps it where only root's PATH leads.
    nginx) PATH="$PATH:/usr/sbin" nginx -v 2>&1 ;;
    chromium) "${CHROMIUM:-/usr/bin/chromium}" --version ;;
    python) pythons | tail -n1 ;;
    cargo-nextest) cargo nextest --version ;;
    cargo-deny) cargo deny --version ;;
    # Only what we brought: scripts of ours run beside them.
    schemathesis | standardwebhooks | localstripe | stripe | aiosmtpd) (cd "$tools/has" && compgen -G "$1==*") ;;
    sqlx-cli) cargo sqlx --version ;;
    *) "$1" --version ;;
    esac
}

# The Pythons that can make an environment, the newest last: a version and a path each.
pythons() {
    local python
    for python in python3 /usr/bin/python3; do
        "$python" -c 'import venv, ensurepip' &>/dev/null && echo "$("$python" --version | cut -d' ' -f2) $(command -v "$python")"
    done | sort --version-sort
}

python() {
    pythons | tail -n1 | cut -d' ' -f2
}

# Whether a version is the other one, or a later one.
at_least() {
    [[ $1 == any || "$(printf '%s\n' "$1" "$2" | sort --version-sort | head -n1)" == "$2" ]]
}

# Whether something is here and new enough.
serves() {
    local least from what found
    need "$1"
    found="$(version_of "$1")" && at_least "$found" "$least"
}

# Those of several that do not serve.
wanting() {
    local name
    for name in "$@"; do
        serves "$name" || echo "$name"
    done
}

# Ends the script when one of several does not serve; says what is wrong with each, and what would be right.
die_of_wanting() {
    local name names least from what found
    mapfile -t names < <(wanting "$@")
    ((${#names[@]})) || return 0
    echo "This machine lacks what is needed:" >&2
    for name in "${names[@]}"; do
        need "$name"
        found="$(version_of "$name")" && found="found $found" || found="not found"
        case "$from" in
        debian) what="Debian: apt-get install $what" ;;
        pypi) what="PyPI: $what" ;;
        cargo) what="cargo install --locked $what" ;;
        esac
        case "$name" in
        chromium) what+="; or set CHROMIUM to the path of your browser" ;;
        rabbitmq | redis | postgresql) what+="; or start a Docker engine" ;;
        esac
        [[ $least == any ]] && least= || least=" $least or newer"
        echo "  $name$least: $found ($what)" >&2
    done
    exit 1
}
