import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readPrivateFile, writePrivateFile } from './private-file.ts'

/** How to reach a running demo, with credentials that work: `demo.json` in the data directory. */
export interface DemoFile {
  /** Base urls without a slash at the end. */
  readonly configApi: string
  readonly forwarderApi: string
  readonly console: string
  readonly accountId: string
  /** `mtls:read mtls:write mtls:admin forward`: who logs in with this file has the rights of the printed link. */
  readonly bearerToken: string
  readonly appKey: string
  readonly appSecret: string
  /** With `targetUrl` and the account: what is mapped. */
  readonly serviceName: string
  /** The urls of /metrics: config-api's, forwarder-api's and the console's, in this order. */
  readonly metrics: readonly string[]
  /** Requires a client certificate, echoes the request as JSON together with that certificate's subject. */
  readonly targetUrl: string
  /** PEM. */
  readonly targetCa: string
}

export function demoFilePath(dataDir: string): string {
  return join(dataDir, 'demo.json')
}

/** Undefined where no demo has left one. */
export async function readDemoFile(dataDir: string): Promise<DemoFile | undefined> {
  const text = await readPrivateFile(demoFilePath(dataDir))
  return text === undefined ? undefined : JSON.parse(text)
}

/** Whoever waits for the file reads it whole or not at all; only its owner can. */
export async function writeDemoFile(dataDir: string, demo: DemoFile): Promise<void> {
  await writePrivateFile(demoFilePath(dataDir), serialise(demo))
}

/** Leaves the file of another demo alone. */
export async function removeDemoFile(dataDir: string, demo: DemoFile): Promise<void> {
  const path = demoFilePath(dataDir)
  if ((await readPrivateFile(path)) === serialise(demo)) await rm(path, { force: true })
}

function serialise(demo: DemoFile): string {
  return `${JSON.stringify(demo, null, 2)}\n`
}
