# RabbitMQ, with an Erlang port mapper (epmd) of its own.
# shellcheck shell=bash disable=SC2154

rabbitmq_start() {
    local at="$home/rabbitmq"
    mkdir -p "$at/mnesia" "$at/log"
    cat >"$at/rabbitmq.conf" <<EOF
listeners.tcp.1 = 127.0.0.1:$rabbitmq_port
log.file = false
log.console = true
log.console.level = warning
EOF
    echo '[].' >"$at/enabled_plugins"
    : >"$at/rabbitmq-env.conf"
    rm -f "$home/rabbitmq.pid"
    # +sbwt none: an idle broker must not keep a core busy waiting.
    (
        cd "$at"
        exec setsid env -i PATH="$PATH" HOME="$at" LANG=C.UTF-8 \
            ERL_EPMD_PORT="$epmd_port" ERL_EPMD_ADDRESS=127.0.0.1 \
            RABBITMQ_NODENAME="flashline-$hash@localhost" RABBITMQ_DIST_PORT="$rabbitmq_dist_port" \
            RABBITMQ_CONF_ENV_FILE="$at/rabbitmq-env.conf" RABBITMQ_CONFIG_FILE="$at/rabbitmq.conf" \
            RABBITMQ_MNESIA_BASE="$at/mnesia" RABBITMQ_LOG_BASE="$at/log" RABBITMQ_PID_FILE="$at/own.pid" \
            RABBITMQ_ENABLED_PLUGINS_FILE="$at/enabled_plugins" RABBITMQ_ALLOW_INPUT=1 \
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none' \
            "$(rabbitmq_binary)" -noinput >>"$home/rabbitmq.log" 2>&1 9>&- </dev/null
    ) &
    echo $! >"$home/rabbitmq.pid"
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
    stop_by_signal rabbitmq TERM
    epmd_stop
}

# The port mapper is a daemon of its own and would outlive the broker.
epmd_stop() {
    running rabbitmq && return 0
    local pid
    for pid in $(pgrep -x epmd || true); do
        { tr '\0' '\n' <"/proc/$pid/environ" | grep -qx "ERL_EPMD_PORT=$epmd_port" && kill "$pid"; } 2>/dev/null || true
    done
}

# Answers a wrong protocol header with its own: cheap, and true only once it takes connections.
rabbitmq_healthy() {
    local answer
    answer="$( (exec 3<>"/dev/tcp/127.0.0.1/$rabbitmq_port" && printf 'AMQP\0\0\0\0' >&3 && timeout 2 head -c 4 <&3) 2>/dev/null | tr -d '\0')"
    [[ $answer == AMQP ]]
}

rabbitmq_ctl() {
    env -i PATH="$PATH" HOME="$home/rabbitmq" LANG=C.UTF-8 ERL_EPMD_PORT="$epmd_port" \
        RABBITMQ_CONF_ENV_FILE="$home/rabbitmq/rabbitmq-env.conf" \
        "$(dirname "$(rabbitmq_binary)")/rabbitmqctl" --node "flashline-$hash@localhost" "$@"
}
