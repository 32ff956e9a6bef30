# RabbitMQ, with an Erlang port mapper (epmd) of its own.
# shellcheck shell=bash disable=SC2154

rabbitmq_start() {
    local at="$home/$1"
    mkdir -p "$at/mnesia" "$at/log"
    cat >"$at/rabbitmq.conf" <<EOF
$(rabbitmq_listener "$1")
log.file = false
log.console = true
log.console.level = warning
EOF
    [[ $1 == rabbitmq ]] || rabbitmq_one_of_several "$1"
    echo '[].' >"$at/enabled_plugins"
    : >"$at/rabbitmq-env.conf"
    rm -f "$home/$1.pid"
    # +sbwt none: an idle broker must not keep a core busy waiting.
    (
        cd "$at"
        exec setsid env -i PATH="$PATH" HOME="$at" LANG=C.UTF-8 \
            ERL_EPMD_PORT="$epmd_port" ERL_EPMD_ADDRESS=127.0.0.1 \
            RABBITMQ_NODENAME="$(rabbitmq_node "$1")" RABBITMQ_DIST_PORT="$(port_of "$1" dist)" \
            RABBITMQ_CONF_ENV_FILE="$at/rabbitmq-env.conf" RABBITMQ_CONFIG_FILE="$at/rabbitmq.conf" \
            RABBITMQ_MNESIA_BASE="$at/mnesia" RABBITMQ_LOG_BASE="$at/log" RABBITMQ_PID_FILE="$at/own.pid" \
            RABBITMQ_ENABLED_PLUGINS_FILE="$at/enabled_plugins" RABBITMQ_ALLOW_INPUT=1 \
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none' \
            "$(rabbitmq_binary)" -noinput >>"$home/$1.log" 2>&1 9>&- </dev/null
    ) &
    echo $! >"$home/$1.pid"
}

rabbitmq_listener() {
    if is_tls; then
        cat <<EOF
listeners.tcp = none
listeners.ssl.1 = 127.0.0.1:$(port_of "$1")
ssl_options.cacertfile = $home/tls/ca.pem
ssl_options.certfile = $home/tls/server.pem
ssl_options.keyfile = $home/tls/server.key
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true
EOF
    else
        echo "listeners.tcp.1 = 127.0.0.1:$(port_of "$1")"
    fi
}

# It reads the files again for each connection, once it has forgotten them.
rabbitmq_renew() {
    rabbitmq_ctl eval 'ssl:clear_pem_cache().' >/dev/null
}

# The first forms the cluster, the others wait for it and join; once they have, they know each other.
# pause_minority: a node that sees no majority takes nothing, so that clients go to those who do.
# balanced: the leaders of the queues are spread over the nodes.
rabbitmq_one_of_several() {
    cat >>"$home/$1/rabbitmq.conf" <<EOF
cluster_partition_handling = pause_minority
queue_leader_locator = balanced
EOF
    [[ $1 == rabbitmq-1 ]] || cat >>"$home/$1/rabbitmq.conf" <<EOF
cluster_formation.peer_discovery_backend = classic_config
cluster_formation.classic_config.nodes.1 = $(rabbitmq_node rabbitmq-1)
cluster_formation.discovery_retry_limit = 100
cluster_formation.discovery_retry_interval = 500
EOF
    # Nodes talk to those who know the secret of the set.
    [[ -f $home/cookie ]] || (umask 077 && head -c 32 /dev/urandom | base64 | tr -dc A-Za-z0-9 >"$home/cookie")
    (umask 077 && cp "$home/cookie" "$home/$1/.erlang.cookie")
}

rabbitmq_node() {
    echo "flashline-$hash${1#rabbitmq}@localhost"
}

# The script under lib starts the broker as whoever calls it; the one on the PATH insists on its own user.
rabbitmq_binary() {
    if [[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]]; then
        echo /usr/lib/rabbitmq/bin/rabbitmq-server
    else
        command -v rabbitmq-server
    fi
}

rabbitmq_stop() {
    stop_by_signal "$1" TERM
    epmd_stop
}

# The port mapper is a daemon of its own and would outlive the broker.
epmd_stop() {
    local pid
    rabbitmq_running >/dev/null && return 0
    for pid in $(pgrep -x epmd || true); do
        { tr '\0' '\n' <"/proc/$pid/environ" | grep -qx "ERL_EPMD_PORT=$epmd_port" && kill "$pid"; } 2>/dev/null || true
    done
}

# The first broker of the set that runs.
rabbitmq_running() {
    local server
    for server in "${all[@]}"; do
        if [[ $server == rabbitmq* ]] && running "$server"; then
            echo "$server"
            return
        fi
    done
    return 1
}

# Answers a wrong protocol header with its own: cheap, and true only once it takes connections.
rabbitmq_healthy() {
    local answer words
    if is_tls; then
        mapfile -t words < <(tls_client -cert -key)
        answer="$(printf 'AMQP\0\0\0\0' | timeout 2 openssl s_client -quiet "${words[@]}" \
            -connect "127.0.0.1:$(port_of "$1")" 2>/dev/null | head -c 4 | tr -d '\0')"
        [[ $answer == AMQP ]]
        return
    fi
    answer="$( (exec 3<>"/dev/tcp/127.0.0.1/$(port_of "$1")" && printf 'AMQP\0\0\0\0' >&3 && timeout 2 head -c 4 <&3) 2>/dev/null | tr -d '\0')"
    [[ $answer == AMQP ]]
}

rabbitmq_ctl() {
    local server
    server="$(rabbitmq_running)" || die "no RabbitMQ of set '$name' runs"
    env -i PATH="$PATH" HOME="$home/$server" LANG=C.UTF-8 ERL_EPMD_PORT="$epmd_port" \
        RABBITMQ_CONF_ENV_FILE="$home/$server/rabbitmq-env.conf" \
        "$(dirname "$(rabbitmq_binary)")/rabbitmqctl" --node "$(rabbitmq_node "$server")" "$@"
}
