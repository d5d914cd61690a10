#!/usr/bin/env bash
# Rolls out a new image, checks its health, and puts the old one back if the check fails.
#
#   deploy/rollout.sh compose --image IMAGE --host USER@HOST --dir /opt/drape [--file compose.yaml]
#   deploy/rollout.sh kubectl --image IMAGE --namespace drape [--gpu-image IMAGE]
#
# compose: DIR on the host holds the Compose file and an `.env` with the line DRAPE_IMAGE=…, which is replaced.
# kubectl: the current context is used. Tables are brought up to date first (`drape migrate`).
#
# Exit codes: 0 the new image runs; 1 it does not, and the old one runs again; 2 neither, or wrong usage.
set -euo pipefail

usage() {
    sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

say() { printf '== %s\n' "$*" >&2; }

# Refuse characters that the remote shell could interpret.
plain() {
    local what=$1 value=$2
    if [[ ! $value =~ ^[A-Za-z0-9@:/._-]+$ || $value == -* ]]; then
        printf 'rollout: %s: %q is not allowed\n' "$what" "$value" >&2
        exit 2
    fi
}

[[ $# -ge 1 ]] || usage
how=$1
shift
image='' gpu_image='' host='' dir='' file=compose.yaml namespace=drape
while [[ $# -gt 0 ]]; do
    [[ $# -ge 2 ]] || usage
    case $1 in
        --image) image=$2 ;;
        --gpu-image) gpu_image=$2 ;;
        --host) host=$2 ;;
        --dir) dir=$2 ;;
        --file) file=$2 ;;
        --namespace) namespace=$2 ;;
        *) usage ;;
    esac
    plain "$1" "$2"
    shift 2
done
[[ -n $image ]] || usage
# Tries of the health check, seconds between them, and seconds for a rollout.
tries=${ROLLOUT_TRIES:-12} pause=${ROLLOUT_PAUSE:-5} patience=${ROLLOUT_PATIENCE:-300}
here=$(cd "$(dirname "$0")" && pwd)

# --- one host with Docker Compose ------------------------------------------------------------------------

on_host() { ssh -o BatchMode=yes -o StrictHostKeyChecking=yes "$host" "cd '$dir' && $1"; }
compose() { on_host "docker compose -f '$file' $1"; }
image_on_host() { on_host "sed -n 's/^DRAPE_IMAGE=//p' .env | tail -n 1"; }

compose_use() {
    # Replace the line in a copy and rename it, so that the file is never half written.
    on_host "{ grep -v '^DRAPE_IMAGE=' .env; echo 'DRAPE_IMAGE=$1'; } > .env.new && mv .env.new .env"
}

compose_services() { compose 'config --services'; }

compose_well() {
    local service=drape try
    if compose_services | grep -qx api; then service=api; fi
    for ((try = 1; try <= tries; try++)); do
        if compose "exec -T $service /usr/local/bin/drape health --ready" >/dev/null; then return 0; fi
        sleep "$pause"
    done
    return 1
}

compose_start() {
    compose "up -d --wait --wait-timeout $patience" && compose_well
}

rollout_compose() {
    [[ -n $host && -n $dir ]] || usage
    local old
    old=$(image_on_host)
    if [[ -z $old ]]; then
        say "$dir/.env on the host names no DRAPE_IMAGE"
        exit 2
    fi
    plain "DRAPE_IMAGE" "$old"
    say "from $old to $image"
    # From here on every failure rolls back.
    if compose_use "$image" && compose 'pull --policy missing' &&
        { ! compose_services | grep -qx migrate || compose 'run --rm migrate'; } &&
        compose_start; then
        say "$image runs"
        return 0
    fi
    say "$image is not well; back to $old"
    compose 'logs --no-color --tail 50' >&2 || true
    if compose_use "$old" && compose_start; then
        say "$old runs again"
        exit 1
    fi
    say "$old is not well either: restore the backup if its tables are older (docs/deployment.md)"
    exit 2
}

# --- Kubernetes ------------------------------------------------------------------------------------------

kube() { kubectl --namespace "$namespace" "$@"; }

kube_migrate() {
    kube delete job drape-migrate --ignore-not-found --wait=true >/dev/null &&
        sed "s|^\( *image:\).*|\1 $image|" "$here/kubernetes/migrate.yaml" | kube apply -f - >/dev/null &&
        kube wait --for=condition=complete --timeout="${patience}s" job/drape-migrate >/dev/null
}

kube_well() {
    local try deployment
    for deployment in "$@"; do
        kube rollout status --timeout="${patience}s" "deployment/$deployment" || return 1
    done
    for ((try = 1; try <= tries; try++)); do
        if kube exec deployment/drape-api -- /usr/local/bin/drape health --ready >/dev/null; then return 0; fi
        sleep "$pause"
    done
    return 1
}

rollout_kubectl() {
    local deployments=(drape-api drape-worker) changed=() old=() deployment i
    [[ -z $gpu_image ]] || deployments+=(drape-worker-gpu)
    for deployment in "${deployments[@]}"; do
        i=$(kube get "deployment/$deployment" -o 'jsonpath={.spec.template.spec.containers[0].image}') || i=''
        if [[ -z $i ]]; then
            say "deployment/$deployment is not there"
            exit 2
        fi
        plain "image of $deployment" "$i"
        old+=("$i")
    done
    say "from ${old[0]} to $image"
    if ! kube_migrate; then
        say "the migration failed; nothing was rolled out"
        kube logs job/drape-migrate --tail=50 >&2 || true
        exit 1
    fi
    local fine=yes
    for deployment in "${deployments[@]}"; do
        local to=$image
        [[ $deployment != drape-worker-gpu ]] || to=$gpu_image
        changed+=("$deployment")
        kube set image "deployment/$deployment" "drape=$to" || { fine=no; break; }
    done
    if [[ $fine == yes ]] && kube_well "${deployments[@]}"; then
        say "$image runs"
        return 0
    fi
    say "$image is not well; back to ${old[0]}"
    # Name the previous image explicitly: `rollout undo` after a rollout without changes would go back one
    # revision too far.
    fine=yes
    for i in "${!changed[@]}"; do
        kube set image "deployment/${changed[$i]}" "drape=${old[$i]}" || fine=no
    done
    if [[ $fine == yes ]] && kube_well "${changed[@]}"; then
        say "${old[0]} runs again"
        exit 1
    fi
    say "${old[0]} is not well either: restore the backup if its tables are older (docs/deployment.md)"
    exit 2
}

case $how in
    compose) rollout_compose ;;
    kubectl) rollout_kubectl ;;
    *) usage ;;
esac
