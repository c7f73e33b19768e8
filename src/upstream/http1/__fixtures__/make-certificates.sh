#!/bin/sh
# Makes the test certificates beside this file: own CA, then localhost, expired and wrong-name leaves. Test use only.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

openssl ecparam -name prime256v1 -genkey -noout -out "$work/ca.key"
openssl req -x509 -new -key "$work/ca.key" -sha256 -days 36500 -subj "/CN=APIRouter test CA" \
  -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" -out ca.pem

# leaf NAME SAN NOT_BEFORE NOT_AFTER (dates as YYYYMMDDHHMMSSZ)
leaf() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$1.key.pem"
  openssl req -new -key "$1.key.pem" -subj "/CN=$1" -out "$work/$1.csr"
  mkdir -p "$work/$1-db" && : > "$work/$1-db/index.txt" && echo 01 > "$work/$1-db/serial"
  cat > "$work/$1.cnf" <<EOF
[ca]
default_ca = d
[d]
database = $work/$1-db/index.txt
serial = $work/$1-db/serial
new_certs_dir = $work/$1-db
default_md = sha256
policy = p
rand_serial = yes
[p]
commonName = supplied
[x]
subjectAltName = $2
EOF
  openssl ca -batch -config "$work/$1.cnf" -extensions x -cert ca.pem -keyfile "$work/ca.key" \
    -startdate "$3" -enddate "$4" -notext -in "$work/$1.csr" -out "$1.pem"
}

leaf localhost "DNS:localhost,IP:127.0.0.1" 20250101000000Z 21200101000000Z
leaf expired "DNS:localhost,IP:127.0.0.1" 20200101000000Z 20210101000000Z
leaf wrong-name "DNS:other.example" 20250101000000Z 21200101000000Z
