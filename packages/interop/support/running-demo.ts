import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type DemoFile, demoFilePath, freePorts, readDemoFile } from '@mtls-gateway/demo'
import { repositoryRoot } from './repository.ts'

export interface RunningDemo extends AsyncDisposable {
  readonly facts: DemoFile
  /** `facts` as a file. */
  readonly file: string
}

const pollMs = 100

/** `npm start` on free ports and with data of its own. */
export async function startDemo(): Promise<RunningDemo> {
  const dataDir = await mkdtemp(join(tmpdir(), 'mtls-gateway-interop-'))
  const env = {
    ...process.env,
    ...freePorts,
    // Far above what a tool sends.
    THROTTLE_PER_SECOND: '100000',
    DATA_DIR: dataDir,
  }
  const entry = join(repositoryRoot, 'packages/demo/dist/start.js')
  const child = spawn(process.execPath, [entry], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  const ended = once(child, 'close')
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    await rm(dataDir, { recursive: true })
  }
  while (child.exitCode === null) {
    const facts = await readDemoFile(dataDir)
    if (facts) return { facts, file: demoFilePath(dataDir), [Symbol.asyncDispose]: stop }
    await setTimeout(pollMs)
  }
  await stop()
  throw new Error(`the demo did not start:\n${printed}`)
}
