# The same servers in containers, for machines without their packages: same ports, same URLs.
# shellcheck shell=bash disable=SC2154

docker_answers() {
    command -v docker >/dev/null && docker info &>/dev/null
}

docker_compose() {
    FLASHLINE_RABBITMQ_PORT="$rabbitmq_port" FLASHLINE_REDIS_PORT="$redis_port" \
        FLASHLINE_POSTGRES_PORT="$postgres_port" \
        docker compose --project-name "flashline-$hash" --file "$here/docker-compose.yml" "$@"
}

docker_up() {
    set_locked
    [[ -f $home/ports.env ]] || ports_choose
    # shellcheck source=/dev/null
    source "$home/ports.env"
    touch "$home/in-docker"
    docker_compose up --detach --wait
}

# Whether this set runs in containers; then the command has been carried out there.
in_docker() {
    set_paths
    [[ -f $home/in-docker ]] || return 1
    set_load
    case "$command" in
    up) docker_up ;;
    down) docker_compose stop ;;
    reset) docker_compose down --volumes && rm -rf "$home" ;;
    status) docker_compose ps ;;
    logs) docker_compose logs --tail 40 ${server:+"$server"} ;;
    start | restart) docker_compose "$command" "$server" && docker_compose up --detach --wait "$server" ;;
    stop | kill) docker_compose "$command" "$server" ;;
    pause) docker_compose pause "$server" ;;
    resume) docker_compose unpause "$server" ;;
    wipe) docker_compose exec redis redis-cli flushall && docker_compose restart redis && docker_compose up --detach --wait redis ;;
    *) return 1 ;;
    esac
}
