# TLS only: an authority of the set's own, a certificate for all its servers, and one for clients, which they ask for.
# shellcheck shell=bash disable=SC2154

is_tls() {
    [[ -d $home/tls ]]
}

set_becomes_tls() {
    is_tls && return
    [[ ! -f $home/ports.env ]] || die "set '$name' speaks plain; reset it first, or choose another --name"
    mkdir -p "$home/tls"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 3650 -subj "/CN=Flashline $name" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
        -keyout "$home/tls/ca.key" -out "$home/tls/ca.pem" 2>"$home/tls/log" || die "no authority: see $home/tls/log"
    tls_certify server localhost
    tls_certify client localhost
}

# A new key and certificate for a host, signed by the authority of the set. With a third word, expired.
tls_certify() {
    local at="$home/tls/$1" then=()
    [[ -z ${3:-} ]] || then=(env "LD_PRELOAD=$(echo /usr/lib/*/faketime/libfaketime.so.1)" FAKETIME=-500d)
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "/CN=$1" \
        -keyout "$at.key.new" -out "$at.csr" 2>"$home/tls/log" &&
        ${then[@]+"${then[@]}"} openssl x509 -req -in "$at.csr" -CA "$home/tls/ca.pem" -CAkey "$home/tls/ca.key" -CAcreateserial -days 365 \
            -extfile <(tls_names "$2") \
            -out "$at.pem.new" 2>"$home/tls/log" || die "no certificate: see $home/tls/log"
    chmod 600 "$at.key.new"
    mv "$at.key.new" "$at.key"
    mv "$at.pem.new" "$at.pem"
}

tls_names() {
    local address=
    [[ $1 != localhost ]] || address=,IP:127.0.0.1
    echo "subjectAltName=DNS:$1$address"
    echo extendedKeyUsage=serverAuth,clientAuth
}

# New certificates for servers that go on meanwhile: connections that are open stay, new ones see the new one.
tls_renew() {
    local server
    is_tls || die "set '$name' speaks plain"
    case "${1:-}" in
    '') tls_certify server localhost ;;
    expired) tls_certify server localhost expired ;;
    elsewhere) tls_certify server elsewhere.example ;;
    *) die "renew takes nothing, or expired, or elsewhere" ;;
    esac
    for server in "${all[@]}"; do
        ! running "$server" || "$(kind_of "$server")_renew" "$server"
    done
}

# Gives the words with which a program says who it is; after the option for its certificate, and that for its key.
tls_client() {
    ! is_tls || printf '%s\n' "$1" "$home/tls/client.pem" "$2" "$home/tls/client.key"
}
