import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Gauge, type Registry } from 'prom-client'

/** Which release of which service runs. All workspaces have the same version. */
export function showBuildInfo(registry: Registry, service: string): void {
  new Gauge({
    name: 'mtls_gateway_build_info',
    help: 'Always 1: which release runs',
    labelNames: ['service', 'version'],
    registers: [registry],
  }).set({ service, version: releaseVersion() }, 1)
}

/** This process's. */
export function releaseVersion(): string {
  return versionAbove(import.meta.dirname)
}

/** That of the next package.json: of the app where this is bundled with it, else of this package. */
function versionAbove(directory: string): string {
  try {
    const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
    return String(version)
  } catch {
    const parent = dirname(directory)
    return parent === directory ? 'unknown' : versionAbove(parent)
  }
}
