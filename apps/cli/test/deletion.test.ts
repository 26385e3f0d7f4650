import { describe, expect, it } from '@jest/globals'
import { startServer } from './api-server.ts'
import { type Invocation, mtls } from './invocation.ts'

const mapping = { id: 7, name: 'm1', url: 'https://bank.example/token' }

async function deleting(args: readonly string[], invocation: Invocation) {
  const { url, requests } = await startServer((response) =>
    response.writeHead(200, { 'content-type': 'application/json', etag: '"12"' }).end(JSON.stringify(mapping)),
  )
  const environment = { XDG_CONFIG_HOME: '/nowhere', MTLS_TOKEN: 't' }
  const connection = ['--account', 'le123', '--config-api', url, '--forwarder-api', url]
  const ended = await mtls(['mappings', 'delete', '7', ...args, ...connection], { ...invocation, environment })
  return { ...ended, requests }
}

const refused = { exitCode: 1, stdout: '', requests: { length: 1 } }

describe('a deletion', () => {
  it('is asked about on a terminal, by the name of what goes', async () => {
    const { exitCode, stdout, stderr, requests } = await deleting([], { isTerminal: true, stdin: 'y\n' })
    expect(stderr).toContain('Delete the mapping "m1" of https://bank.example/token? [y/N] ')
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Deleted the mapping "m1" (7).\n' })
    expect(requests).toHaveLength(2)
  })

  it.each(['n\n', '\n', 'yesterday\n'])('does not happen after the answer %j', async (stdin) => {
    const ended = await deleting([], { isTerminal: true, stdin })
    expect(ended).toMatchObject({ ...refused, stderr: expect.stringContaining('Nothing was deleted.') })
  })

  it('happens without a question by --yes, and only to what was read', async () => {
    for (const isTerminal of [true, false]) {
      const { stderr, requests } = await deleting(['--yes'], { isTerminal })
      expect(stderr).toBe('')
      expect(requests[1]?.headers).toMatchObject({ 'if-match': '"12"' })
    }
  })

  it('takes --yes where nobody can be asked', async () => {
    const ended = await deleting([], {})
    expect(ended).toMatchObject({
      ...refused,
      exitCode: 2,
      stderr: expect.stringMatching(/^Nothing was deleted: .*--yes/),
    })
  })
})
