# One set of servers: its folder, its ports, and what is done to all three.
# shellcheck shell=bash disable=SC2154

set_load() {
    set_paths
    [[ -f $home/ports.env ]] || die "set '$name' has never been started; run: compose/servers --name $name up"
    # shellcheck source=/dev/null
    source "$home/ports.env"
}

set_paths() {
    home="$checkout/.flashline/$name"
    # Two checkouts on one machine must not meet: names and first ports follow from the path.
    hash="$(printf '%s\n' "$checkout/$name" | cksum | cut -d' ' -f1)"
}

# Changes to a set are made one at a time. The servers must not inherit the lock.
set_locked() {
    set_paths
    mkdir -p "$home"
    exec 9>"$home/lock"
    flock -w 120 9 || die "another compose/servers is busy with set '$name'"
}

port_is_free() {
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Five ports in a row, all free, below the range that the kernel gives to clients.
ports_choose() {
    local first port tries
    first=$((10000 + hash % 2000 * 10))
    for ((tries = 0; tries < 200; tries++)); do
        for ((port = first; port < first + 5; port++)); do
            port_is_free "$port" || break
        done
        ((port == first + 5)) && break
        first=$((10000 + (first - 10000 + 10) % 20000))
    done
    cat >"$home/ports.env" <<EOF
rabbitmq_port=${FLASHLINE_RABBITMQ_PORT:-$first}
rabbitmq_dist_port=${FLASHLINE_RABBITMQ_DIST_PORT:-$((first + 1))}
epmd_port=${FLASHLINE_EPMD_PORT:-$((first + 2))}
redis_port=${FLASHLINE_REDIS_PORT:-$((first + 3))}
postgres_port=${FLASHLINE_POSTGRES_PORT:-$((first + 4))}
EOF
}

# Kept ports stay, unless somebody else took one while our servers were down.
ports_settle() {
    local server
    if [[ -f $home/ports.env ]]; then
        # shellcheck source=/dev/null
        source "$home/ports.env"
        for server in "${all[@]}"; do
            running "$server" && return
        done
        port_is_free "$rabbitmq_port" && port_is_free "$redis_port" && port_is_free "$postgres_port" &&
            port_is_free "$rabbitmq_dist_port" && return
    fi
    ports_choose
    # shellcheck source=/dev/null
    source "$home/ports.env"
}

set_up() {
    local server
    set_locked
    ports_settle
    for server in "${all[@]}"; do
        running "$server" || "${server}_start"
    done
    for server in "${all[@]}"; do
        wait_healthy "$server"
    done
}

set_down() {
    local server
    [[ -f $home/ports.env ]] || return 0
    set_load
    for server in "${all[@]}"; do
        "${server}_stop" &
    done
    wait
    disks_give_up
}

set_reset() {
    set_down
    local data
    # PostgreSQL's data may live elsewhere, behind a link.
    data="$(readlink -f "$home/postgres" 2>/dev/null || true)"
    rm -rf "$home" ${data:+"$data"}
}

set_status() {
    local server state healthy=0
    set_load
    for server in "${all[@]}"; do
        state=down
        if running "$server"; then
            if "${server}_healthy"; then state=healthy; else state=unhealthy; fi
        fi
        [[ $state == healthy ]] || healthy=1
        local port="${server}_port"
        printf '%-10s %-10s 127.0.0.1:%-6s pid %s\n' "$server" "$state" "${!port}" "$(pid_of "$server" || echo -)"
    done
    return $healthy
}

set_env() {
    set_load
    cat <<EOF
export FLASHLINE_AMQP_URL='amqp://guest:guest@127.0.0.1:$rabbitmq_port/%2f?heartbeat=10'
export FLASHLINE_REDIS_URL='redis://127.0.0.1:$redis_port/'
export FLASHLINE_DATABASE_URL='postgres://flashline@127.0.0.1:$postgres_port/flashline'
EOF
}

set_logs() {
    set_load
    local server
    for server in "${all[@]}"; do
        [[ -z $1 || $1 == "$server" ]] || continue
        echo "== $server"
        tail -n 40 "$home/$server.log" 2>/dev/null || echo "no log yet"
    done
}

pid_of() {
    local pid
    pid="$(head -n1 "$home/$1.pid" 2>/dev/null)" && [[ -n $pid ]] && kill -0 "$pid" 2>/dev/null || return 1
    # One that has ended keeps its id until somebody asks how.
    ! grep -q '^State:[[:space:]]*Z' "/proc/$pid/status" 2>/dev/null && echo "$pid"
}

running() {
    pid_of "$1" >/dev/null
}

signal() {
    local pid
    pid="$(pid_of "$1")" || die "$1 does not run"
    kill "-$2" "$pid"
    if [[ $2 == KILL ]]; then
        wait_gone "$1" 10 || die "$1 does not die"
    fi
}

wait_gone() {
    local tries
    for ((tries = 0; tries < $2 * 20; tries++)); do
        running "$1" || return 0
        sleep 0.05
    done
    return 1
}

# TERM, then KILL: a frozen server hears nothing, so it is let go on first.
stop_by_signal() {
    local pid
    pid="$(pid_of "$1")" || return 0
    kill -CONT "$pid" 2>/dev/null || true
    kill "-$2" "$pid" 2>/dev/null || true
    wait_gone "$1" 20 || kill -KILL "$pid" 2>/dev/null || true
    wait_gone "$1" 5
}

wait_healthy() {
    local tries
    for ((tries = 0; tries < 600; tries++)); do
        running "$1" && "$1_healthy" && return 0
        sleep 0.1
    done
    set_logs "$1" >&2
    die "$1 did not become healthy within 60 s; its last log lines are above"
}
