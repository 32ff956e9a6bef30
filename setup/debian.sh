# Packages of Debian and its kin, installed without starting the distribution's own services.
# shellcheck shell=bash disable=SC2034,SC2154

as_root() {
    if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi
}

debian_can_install() {
    command -v apt-get >/dev/null && as_root true 2>/dev/null
}

# Brings those of the named things that do not serve, where that is possible; false when one still does not.
debian_bring() {
    local missing
    mapfile -t missing < <(wanting "$@")
    ((${#missing[@]})) || return 0
    debian_can_install && debian_install "${missing[@]}" && [[ -z $(wanting "${missing[@]}") ]]
}

debian_install() {
    local name least from what packages=() log="$tools/apt.log" policy=/usr/sbin/policy-rc.d
    for name in "$@"; do
        need "$name"
        # shellcheck disable=SC2206
        packages+=($what)
    done
    echo "installing ${packages[*]} …" >&2
    mkdir -p "$tools"
    (
        # 101: "may not start services". Only while we install, and only if the machine has no policy of its own.
        if [[ ! -e $policy ]]; then
            trap 'as_root rm -f "$policy"' EXIT
            printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
            as_root chmod +x "$policy"
        fi
        as_root env DEBIAN_FRONTEND=noninteractive sh -c \
            'apt-get update -q && apt-get install -qy --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"' \
            sh "${packages[@]}" >"$log" 2>&1
    ) || {
        tail -n 20 "$log" >&2
        return 1
    }
}
