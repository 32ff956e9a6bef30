# Redis Sentinel: three that agree which Redis is the primary, and promote a replica when it is gone.
# shellcheck shell=bash disable=SC2154

sentinel_start() {
    mkdir -p "$home/$1"
    rm -f "$home/$1.pid"
    # Written once: from then on it is the Sentinel's own memory.
    [[ -f $home/$1/sentinel.conf ]] || cat >"$home/$1/sentinel.conf" <<EOF
$(sentinel_listener "$1")
bind 127.0.0.1
protected-mode yes
daemonize yes
dir $home/$1
pidfile $home/$1.pid
logfile $home/$1.log
sentinel monitor flashline 127.0.0.1 $(port_of redis-1) 2
sentinel down-after-milliseconds flashline 2000
sentinel failover-timeout flashline 10000
sentinel parallel-syncs flashline 1
EOF
    redis-server "$home/$1/sentinel.conf" --sentinel >/dev/null 9>&-
}

sentinel_listener() {
    if is_tls; then
        cat <<EOF
port 0
tls-port $(port_of "$1")
tls-replication yes
tls-ca-cert-file $home/tls/ca.pem
tls-cert-file $home/tls/server.pem
tls-key-file $home/tls/server.key
EOF
    else
        echo "port $(port_of "$1")"
    fi
}

sentinel_renew() {
    redis_renew "$1"
}

sentinel_stop() {
    stop_by_signal "$1" TERM
}

sentinel_healthy() {
    [[ $(redis_say "$1" ping) == PONG ]]
}

# The port of the primary, as the Sentinels wrote it down last; redis-1's before they ever ran. A Redis that comes
# back must not think that it still is what it was.
sentinel_primary_port() {
    local conf port epoch newest=-1 primary
    primary="$(port_of redis-1)"
    for conf in "$home"/sentinel-*/sentinel.conf; do
        [[ -f $conf ]] || continue
        port="$(awk '/^sentinel monitor / { print $5 }' "$conf")"
        epoch="$(awk '/^sentinel config-epoch / { print $4 }' "$conf")"
        if [[ -n $port ]] && ((${epoch:-0} > newest)); then
            newest="${epoch:-0}" primary="$port"
        fi
    done
    echo "$primary"
}

# Until every Sentinel knows the other two and both replicas, and those follow: only then can one be lost.
sentinel_wait_for_all() {
    local tries
    for ((tries = 0; tries < 600; tries++)); do
        sentinel_all_known && return
        sleep 0.1
    done
    die "the Sentinels did not find each other and both replicas within 60 s; see compose/servers --name $name logs"
}

sentinel_all_known() {
    local server known
    for server in sentinel-{1,2,3}; do
        known=" $(redis_say "$server" sentinel master flashline | paste -sd' ') "
        [[ $known == *' flags master '* && $known == *' num-slaves 2 num-other-sentinels 2 '* ]] || return 1
    done
    [[ $(redis_say_at "$(sentinel_primary_port)" info replication | grep -c 'state=online') == 2 ]]
}
