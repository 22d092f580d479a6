#!/usr/bin/env bash
# Deploys with the Azure CLI alone, a step at a time: resources, package, smoke. Whoever is signed in does it.
# What the installation is like is said in the environment, by the names that main.bicepparam reads.
set -euo pipefail
cd "$(dirname "$0")/.."

: "${AZURE_ENV_NAME:?Name the installation, as export AZURE_ENV_NAME=devlinks.}"
deployment="devlinks-$AZURE_ENV_NAME"

told() {
    az deployment sub show --name "$deployment" --query "properties.outputs.$1.value" --output tsv
}

case "${1:-}" in
resources)
    : "${AZURE_LOCATION:?Name the region, as export AZURE_LOCATION=westeurope.}"
    # https://learn.microsoft.com/cli/azure/deployment/sub
    az deployment sub create --name "$deployment" --location "$AZURE_LOCATION" \
        --parameters infra/main.bicepparam --output none
    ;;
package)
    packages=(dist/devlinks-*.zip)
    if [ "${#packages[@]}" -ne 1 ] || [ ! -f "${packages[0]}" ]; then
        echo "There has to be one package in dist/: make package makes it." >&2
        exit 1
    fi
    # https://learn.microsoft.com/azure/azure-functions/flex-consumption-how-to
    az functionapp deployment source config-zip --resource-group "$(told AZURE_RESOURCE_GROUP)" \
        --name "$(told AZURE_FUNCTION_APP_NAME)" --src "${packages[0]}" --output none
    ;;
smoke)
    group=$(told AZURE_RESOURCE_GROUP)
    app=$(told AZURE_FUNCTION_APP_NAME)
    url=$(told DEVLINKS_URL)
    # Azure lists the functions a little after a package is there.
    for pause in 20 20 20 0; do
        az functionapp function list --resource-group "$group" --name "$app" --query '[].name' --output json |
            python -m infra.smoke "$url" && exit
        sleep "$pause"
    done
    exit 1
    ;;
*)
    echo "usage: infra/deploy.sh resources|package|smoke" >&2
    exit 2
    ;;
esac
