# PostgreSQL. It refuses to run as root, so it runs as an unprivileged user whose way to the data is open.
# shellcheck shell=bash disable=SC2154

postgres_bin() {
    if command -v initdb >/dev/null; then
        dirname "$(command -v initdb)"
    else
        # Debian keeps the binaries off the PATH; take the newest version.
        printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n1
    fi
}

as_postgres() {
    if ((EUID == 0)); then
        setpriv --reuid="$postgres_user" --regid="$(id -g "$postgres_user")" --clear-groups "$@"
    else
        "$@"
    fi
}

postgres_start() {
    local bin
    bin="$(postgres_bin)"
    postgres_user=postgres
    id "$postgres_user" &>/dev/null || postgres_user=nobody
    postgres_place
    if [[ ! -f $home/postgres/PG_VERSION ]]; then
        (cd / && as_postgres "$bin/initdb" --auth=trust --username=flashline --encoding=UTF8 --no-locale \
            --pgdata="$data" >"$home/postgres.log" 2>&1) || die "initdb failed: see $home/postgres.log"
    fi
    postgres_tls
    rm -f "$data/postmaster.pid" "$home/postgres.pid"
    # libfaketime must not be loaded before the user is the server's own: it makes files in /dev/shm.
    local told=()
    if [[ -n ${FLASHLINE_CLOCK_FILE:-} ]]; then
        told=(env "LD_PRELOAD=$(echo /usr/lib/*/faketime/libfaketimeMT.so.1)" FAKETIME_NO_CACHE=1
            FAKETIME_DONT_FAKE_MONOTONIC=1 "FAKETIME_TIMESTAMP_FILE=$FLASHLINE_CLOCK_FILE")
    fi
    (cd / && exec setsid setpriv ${postgres_as[@]+"${postgres_as[@]}"} ${told[@]+"${told[@]}"} "$bin/postgres" -D "$data" -p "$postgres_port" \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 -c shared_buffers=256MB \
        -c log_min_duration_statement=1000 ${tls[@]+"${tls[@]}"} >>"$home/postgres.log" 2>&1 9>&- </dev/null) &
    echo $! >"$home/postgres.pid"
}

# Its key must be its own, and nobody else's.
postgres_tls() {
    tls=()
    is_tls || return 0
    postgres_keys
    tls=(-c ssl=on -c "ssl_ca_file=$data/ca.pem" -c "ssl_cert_file=$data/server.pem" -c "ssl_key_file=$data/server.key")
    echo 'hostssl all all 127.0.0.1/32 trust clientcert=verify-ca' >"$data/pg_hba.conf"
}

postgres_keys() {
    cp "$home/tls/ca.pem" "$home/tls/server.pem" "$home/tls/server.key" "$data/"
    ((EUID != 0)) || chown "$postgres_user" "$data"/{ca.pem,server.pem,server.key}
}

postgres_renew() {
    postgres_user="$(stat -c %U "$(readlink -f "$home/postgres")")"
    data="$(readlink -f "$home/postgres")"
    postgres_keys
    signal postgres HUP
}

# The data folder, or a private one elsewhere where the server's user cannot get to this checkout.
postgres_place() {
    data="$home/postgres"
    postgres_as=()
    if ((EUID == 0)); then
        postgres_as=("--reuid=$postgres_user" "--regid=$(id -g "$postgres_user")" --clear-groups)
    fi
    if [[ ! -e $data ]]; then
        mkdir -m 700 "$data"
        if ((EUID == 0)); then
            chown "$postgres_user" "$data"
            if ! as_postgres test -x "$data" 2>/dev/null; then
                rmdir "$data"
                mkdir -p -m 700 "/var/tmp/flashline-$hash"
                chown "$postgres_user" "/var/tmp/flashline-$hash"
                ln -s "/var/tmp/flashline-$hash" "$data"
            fi
        fi
    fi
    data="$(readlink -f "$data")"
    disk_own "$data"
    ((EUID != 0)) || chown "$postgres_user" "$data"
}

# INT is its fast shutdown: it does not wait for clients.
postgres_stop() {
    stop_by_signal postgres INT
}

postgres_healthy() {
    local psql=(psql -h 127.0.0.1 -p "$postgres_port" -U flashline -qtA)
    ! is_tls || local -x PGSSLMODE=require PGSSLCERT="$home/tls/client.pem" \
        PGSSLKEY="$home/tls/client.key"
    "${psql[@]}" -d flashline -c 'SELECT 1' &>/dev/null && return 0
    "${psql[@]}" -d postgres -c 'CREATE DATABASE flashline' &>/dev/null
}
