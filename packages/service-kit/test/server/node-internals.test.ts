import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from '@jest/globals'

const entry = join(import.meta.dirname, '../child-service/dist/child-service.js')

/** The first prototype of a handle that has this of its own. */
const ownerOf = `
  import { connect } from 'node:tls'
  const socket = connect({ host: '127.0.0.1', port: 9 })
  const ownerOf = (name) => {
    let owner = socket._handle
    while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner)
    return owner
  }`

/** Starts a service in a Node that was changed by this code. */
async function startIn(change: string) {
  const module = `data:text/javascript,${encodeURIComponent(`${ownerOf}\n${change}\nsocket.destroy()`)}`
  const env = { CHILD_PORT: '0', CHILD_MANAGEMENT_PORT: '0' }
  const child = spawn(process.execPath, ['--import', module, entry], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
  return { stderr, code }
}

describe('a service on a Node that lacks what it uses', () => {
  it('does not start, and says what is missing and what to do', async () => {
    const { stderr, code } = await startIn(`delete ownerOf('receive').receive`)
    expect(code).toBe(1)
    expect(stderr).toBe(
      `NODE_UNSUPPORTED: Node ${process.version} lacks what the services use of it: tls.TLSSocket _handle.receive. Run them on Node 24, which they are tested on.\n`,
    )
  })

  it('misses what has another type as well', async () => {
    const { stderr, code } = await startIn(`ownerOf('receive').receive = true`)
    expect(code).toBe(1)
    expect(stderr).toContain('tls.TLSSocket _handle.receive.')
  })
})
