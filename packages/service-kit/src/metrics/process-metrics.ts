import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Gauge, type Registry } from 'prom-client'

export interface BuildInfo {
  /** All workspaces have the same one. */
  readonly version: string
  /** `-dirty` if it was built with changes that are in no commit; `unknown` where nobody said. */
  readonly commit: string
}

export function showBuildInfo(registry: Registry, service: string): void {
  new Gauge({
    name: 'mtls_gateway_build_info',
    help: 'Always 1: which release runs, and which commit it was built of',
    labelNames: ['service', 'version', 'commit'],
    registers: [registry],
  }).set({ service, ...buildInfo() }, 1)
}

/** @param directory that of the code: of the app's bundles, where this is one of them. This process's unless given */
export function buildInfo(directory = import.meta.dirname): BuildInfo {
  return { version: versionAbove(directory), commit: commitBeside(directory) }
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

/** Written by the build (infra/build-commit.mjs), or into an image (infra/docker/Dockerfile). */
function commitBeside(directory: string): string {
  try {
    return readFileSync(join(directory, 'commit'), 'utf8').trim() || 'unknown'
  } catch {
    return 'unknown'
  }
}
