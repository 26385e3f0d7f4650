import { fork } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { Canary } from '@mtls-gateway/test-kit'
import { type Answer, json, type SeenRequest, startStandIn } from './stand-in-vault.ts'

const script = fileURLToPath(new URL('../children/vault-canary.ts', import.meta.url))

/** The worst of servers: each answer repeats the request, with its token and body. */
function echo({ headers, body }: SeenRequest): object {
  return { errors: [`token ${headers['x-vault-token']}`, body], headers, body }
}

const ways: readonly Answer[] = [
  (response, request) => json(response, 400, echo(request)),
  (response, request) => json(response, 403, echo(request)),
  (response, request) => json(response, 404, echo(request)),
  (response, request) => json(response, 500, echo(request)),
  (response, request) => json(response, 503, echo(request)),
  (response, request) => json(response, 200, echo(request)),
  (response, request) => response.writeHead(200).end(`<html>${request.body}`),
  (response, request) => response.writeHead(307, { location: `/v1/x?${request.headers['x-vault-token']}` }).end(),
  (response) => void response.destroy(),
  () => {},
]

describe('a store whose Vault fails in every way', () => {
  it('prints nothing, and its errors carry neither token nor secret id nor secret', async () => {
    const canary = new Canary()
    const [token, secretId, value] = [canary.plant('token'), canary.plant('secret id'), canary.plant('value')]
    const server = await startStandIn()
    let answered = 0
    server.answerWith((response, request) => ways[answered++ % ways.length]?.(response, request))
    const planted = [token, secretId, value, '12']
    const child = fork(script, [server.address, ...planted], { execArgv: [], silent: true })
    const { stdout, stderr } = child
    if (stdout === null || stderr === null) throw new Error('a silent child has streams')
    await once(child, 'message')
    child.send('go')
    const [out, err] = await Promise.all([text(stdout), text(stderr)])
    await server.stop()

    // The server did see them.
    const seen = JSON.stringify(server.requests)
    expect(canary.findIn({ requests: seen })).toEqual([
      'token in requests',
      'secret id in requests',
      'value in requests',
    ])
    expect(canary.findIn({ out, err })).toEqual([])
    expect(err).toBe('')
    const printed = out.split('\n').filter((line) => /^\S/.test(line) && !/^[}\]]/.test(line))
    expect(printed.filter((line) => !line.startsWith('StoreError: '))).toEqual([
      expect.stringMatching(/^1\d\d failures$/),
    ])
  })
})
