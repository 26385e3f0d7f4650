#!/usr/bin/env bash
# Calls a target through the gateway: JSON, a form, and bytes. Needs curl and openssl.
set -euo pipefail
export LC_ALL=C

account_url=$FORWARDER_URL/mtls/account/$ACCOUNT
lp_headers=("LP-forward-url: $TARGET_URL" "LP-service-name: $SERVICE")

# RFC 5849 section 3.6, byte by byte.
encode() {
  local text=$1 at byte
  for ((at = 0; at < ${#text}; at++)); do
    byte=${text:at:1}
    case $byte in
      [A-Za-z0-9._~-]) printf %s "$byte" ;;
      *) printf %%%02X "$(($(printf %d "'$byte") & 255))" ;;
    esac
  done
}

# Makes the LP-* headers a part of what is signed.
lp_hash() {
  local header
  for header in "${lp_headers[@]}"; do printf '%s:%s\n' "${header%%: *}" "${header#*: }"; done |
    awk -F: '{ sub($1, tolower($1)); print }' | sort |
    openssl dgst -sha256 -binary | openssl base64 -A | tr +/ -_ | tr -d =
}

# call CONTENT_TYPE BODY_FILE [NAME=VALUE ...]: the parameters of a form are signed one by one, any other body by its hash.
call() {
  local type=$1 body=$2 parameter signed base signature header status
  shift 2
  local oauth=(
    "oauth_consumer_key=$APP_KEY" "oauth_nonce=$(openssl rand -hex 16)" oauth_signature_method=HMAC-SHA256
    "oauth_timestamp=$(date +%s)" oauth_version=1.0
  )
  [ $# -gt 0 ] || oauth+=("oauth_body_hash=$(openssl dgst -sha256 -binary "$body" | openssl base64 -A)")
  local hash
  hash=$(lp_hash)
  # By name, then by value.
  signed=$(for parameter in "${oauth[@]}" "lp_hash=$hash" "$@"; do
    printf '%s=%s\n' "$(encode "${parameter%%=*}")" "$(encode "${parameter#*=}")"
  done | sort -t= -k1,1 -k2 | paste -sd '&')
  base="POST&$(encode "$account_url")&$(encode "$signed")"
  signature=$(printf %s "$base" | openssl dgst -sha256 -hmac "$(encode "$APP_SECRET")&" -binary | openssl base64 -A)
  oauth+=("oauth_signature=$signature")
  header=$(for parameter in "${oauth[@]}"; do
    printf '%s="%s"\n' "${parameter%%=*}" "$(encode "${parameter#*=}")"
  done | paste -sd ,)
  status=$(curl --silent --show-error --connect-timeout 10 --max-time 75 \
    -H "Authorization: OAuth $header" -H "${lp_headers[0]}" -H "${lp_headers[1]}" -H "Content-Type: $type" \
    --dump-header "$folder/head" --output "$folder/answer" --write-out '%{http_code}' \
    --data-binary "@$body" "$account_url?lp_hash=$hash")
  if grep -qi '^LP-answered-by: gateway' "$folder/head"; then
    echo "$status $(cat "$folder/answer")" >&2
    exit 1
  fi
  printf '%s ' "$status" && cat "$folder/answer" && echo
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
body=$folder/body
printf '{"amount":"5 €"}' > "$body" && call application/json "$body"
form=(grant_type=client_credentials 'scope=read write' 'scope=ö*~+')
for parameter in "${form[@]}"; do printf '%s=%s\n' "${parameter%%=*}" "$(encode "${parameter#*=}")"; done |
  paste -sd '&' | tr -d '\n' > "$body"
call application/x-www-form-urlencoded "$body" "${form[@]}"
for ((byte = 0; byte < 256; byte++)); do printf "\\x$(printf %x "$byte")"; done > "$body"
call application/octet-stream "$body"
