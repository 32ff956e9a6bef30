# One set of servers: its folder, its ports, and what is done to all of them.
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
    ! is_cluster || all=("${cluster[@]}")
}

is_cluster() {
    [[ -f $home/cluster ]]
}

set_becomes_cluster() {
    is_cluster && return
    [[ ! -f $home/ports.env ]] || die "set '$name' is a single one; reset it first, or choose another --name"
    mkdir -p "$home"
    touch "$home/cluster"
    set_paths
}

# What a server is, whichever of several: rabbitmq-2 is a rabbitmq.
kind_of() {
    echo "${1%-[0-9]}"
}

start() {
    "$(kind_of "$1")_start" "$1"
}

stop() {
    "$(kind_of "$1")_stop" "$1"
}

healthy() {
    "$(kind_of "$1")_healthy" "$1"
}

# Whether a server is new to its cluster.
joins() {
    [[ $1 == rabbitmq-* && ! -d $home/$1/mnesia/$(rabbitmq_node "$1") ]]
}

# The port of a server; with a second word, its port for that.
port_of() {
    local port="${1//-/_}_${2:+$2_}port"
    echo "${!port}"
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

# Ports in a row, all free, below the range that the kernel gives to clients.
ports_choose() {
    local names first port tries which chosen
    mapfile -t names < <(port_names)
    first=$((10000 + hash % 2000 * 10))
    for ((tries = 0; tries < 200; tries++)); do
        for ((port = first; port < first + ${#names[@]}; port++)); do
            port_is_free "$port" || break
        done
        ((port == first + ${#names[@]})) && break
        first=$((10000 + (first - 10000 + 10) % 20000))
    done
    for which in "${!names[@]}"; do
        chosen="FLASHLINE_${names[which]^^}"
        echo "${names[which]}=${!chosen:-$((first + which))}"
    done >"$home/ports.env"
}

# Every port of the set, by the name of its variable.
port_names() {
    local server
    for server in "${all[@]}"; do
        echo "${server//-/_}_port"
        [[ $server != rabbitmq* ]] || echo "${server//-/_}_dist_port"
        [[ $server != rabbitmq && $server != rabbitmq-1 ]] || echo epmd_port
    done
}

# Kept ports stay, unless somebody else took one while our servers were down.
ports_settle() {
    if [[ -f $home/ports.env ]]; then
        # shellcheck source=/dev/null
        source "$home/ports.env"
        any_running || ports_are_free || ports_choose
    else
        ports_choose
    fi
    # shellcheck source=/dev/null
    source "$home/ports.env"
}

any_running() {
    local server
    for server in "${all[@]}"; do
        running "$server" && return
    done
    return 1
}

# All but the port mapper's, which may have outlived its broker.
ports_are_free() {
    local port
    for port in $(port_names); do
        [[ $port == epmd_port ]] || port_is_free "${!port}" || return 1
    done
}

set_up() {
    local server
    set_locked
    ports_settle
    for server in "${all[@]}"; do
        running "$server" && continue
        # One that joins while another does may find half a schema, and dies of it.
        if joins "$server"; then
            start "$server"
            wait_healthy "$server"
        else
            start "$server"
        fi
    done
    for server in "${all[@]}"; do
        wait_healthy "$server"
    done
    ! is_cluster || sentinel_wait_for_all
}

set_down() {
    local server
    [[ -f $home/ports.env ]] || return 0
    set_load
    for server in "${all[@]}"; do
        stop "$server" &
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
    local server state role verdict=0
    set_load
    for server in "${all[@]}"; do
        state=down
        if running "$server"; then
            if healthy "$server"; then state=healthy; else state=unhealthy; fi
        fi
        [[ $state == healthy ]] || verdict=1
        role=
        [[ $server != redis-* || $state != healthy ]] || role=" ($(redis_role "$server"))"
        printf '%-10s %-10s 127.0.0.1:%-6s pid %s%s\n' "$server" "$state" "$(port_of "$server")" \
            "$(pid_of "$server" || echo -)" "$role"
    done
    return $verdict
}

set_env() {
    local server brokers=() sentinels=() redis secure=
    set_load
    ! is_tls || secure=s
    for server in "${all[@]}"; do
        case "$server" in
        rabbitmq*) brokers+=("amqp$secure://guest:guest@127.0.0.1:$(port_of "$server")/%2f?heartbeat=10") ;;
        redis) redis="redis$secure://127.0.0.1:$(port_of redis)/" ;;
        sentinel*)
            sentinels+=("127.0.0.1:$(port_of "$server")")
            redis="redis$secure+sentinel://$(comma_separated "${sentinels[@]}")/flashline"
            ;;
        esac
    done
    cat <<EOF
export FLASHLINE_AMQP_URL='$(comma_separated "${brokers[@]}")'
export FLASHLINE_REDIS_URL='$redis'
export FLASHLINE_DATABASE_URL='postgres://flashline@127.0.0.1:$postgres_port/flashline${secure:+?sslmode=verify-full}'
EOF
    ! is_tls || cat <<EOF
export FLASHLINE_CA_FILE='$home/tls/ca.pem'
export FLASHLINE_CLIENT_CERT_FILE='$home/tls/client.pem'
export FLASHLINE_CLIENT_KEY_FILE='$home/tls/client.key'
EOF
}

comma_separated() {
    local IFS=,
    echo "$*"
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
    case "$2" in
    STOP) kill -STOP "$pid" && to_children "$pid" STOP ;;
    # Those that were frozen would be left behind.
    *) to_children "$pid" CONT && kill "-$2" "$pid" ;;
    esac
    if [[ $2 == KILL ]]; then
        wait_gone "$1" 10 || die "$1 does not die"
    fi
}

# PostgreSQL serves each connection with a process of its own, which goes on when the one that began it is frozen.
to_children() {
    local children
    mapfile -t children < <(pgrep -P "$1" || true)
    ((${#children[@]} == 0)) || kill "-$2" "${children[@]}" 2>/dev/null || true
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
    to_children "$pid" CONT
    kill -CONT "$pid" 2>/dev/null || true
    kill "-$2" "$pid" 2>/dev/null || true
    wait_gone "$1" 20 || kill -KILL "$pid" 2>/dev/null || true
    wait_gone "$1" 5
}

wait_healthy() {
    local tries
    for ((tries = 0; tries < 600; tries++)); do
        running "$1" && healthy "$1" && return 0
        sleep 0.1
    done
    set_logs "$1" >&2
    die "$1 did not become healthy within 60 s; its last log lines are above"
}
