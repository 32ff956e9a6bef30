# Installs what is missing, without starting the distribution's own services.
# shellcheck shell=bash

missing_packages() {
    # The servers need no edge; the tests of the edge do.
    if [[ ${1:-} == edge ]]; then
        [[ -x /usr/sbin/nginx ]] || command -v nginx >/dev/null || echo nginx-light
        return
    fi
    [[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]] || command -v rabbitmq-server >/dev/null || echo rabbitmq-server
    command -v redis-server >/dev/null || echo redis-server
    # Tells one process another time, in the fault campaign.
    compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null || echo libfaketime
    command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || echo postgresql
}

die_of_missing() {
    local missing or=
    mapfile -t missing < <(missing_packages "$@")
    [[ ${1:-} == edge ]] || or=", or start a Docker engine"
    die "please install: ${missing[*]} (Debian: apt-get install ${missing[*]})$or"
}

# False when something is missing that cannot be installed here.
install_missing() {
    local missing as=()
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null || return 1
    if ((EUID != 0)); then
        sudo -n true 2>/dev/null || return 1
        as=(sudo -n)
    fi
    echo "installing ${missing[*]}" >&2
    # 101: "may not start services". Only while we install, and only if the machine has no policy of its own.
    local policy=/usr/sbin/policy-rc.d made=
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' | ${as[@]+"${as[@]}"} tee "$policy" >/dev/null
        ${as[@]+"${as[@]}"} chmod +x "$policy"
        made=yes
    fi
    local failed=
    ${as[@]+"${as[@]}"} env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get update -q && apt-get install -qy --no-install-recommends "$@"' sh "${missing[@]}" >&2 || failed=yes
    [[ -z $made ]] || ${as[@]+"${as[@]}"} rm -f "$policy"
    [[ -z $failed ]] || die "could not install ${missing[*]}: see above"
}
