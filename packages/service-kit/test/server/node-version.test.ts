import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from '@jest/globals'

const entry = join(import.meta.dirname, '../child-service/dist/child-service.js')

/** Starts a service in a Node that calls itself so. */
async function startOn(version: string) {
  const change = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
  const module = `data:text/javascript,${encodeURIComponent(change)}`
  const env = { CHILD_PORT: '0', CHILD_MANAGEMENT_PORT: '0' }
  const child = spawn(process.execPath, ['--import', module, entry], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
  return { stderr, code }
}

describe('a service on another Node than it was tested on', () => {
  it.each(['22.21.0', '26.0.0'])('does not start, and says what to do: %s', async (version) => {
    expect(await startOn(version)).toEqual({
      code: 1,
      stderr: `NODE_UNSUPPORTED: This is Node ${version}. Run the services on Node 24: they use parts of it that another version may lack.\n`,
    })
  })
})
