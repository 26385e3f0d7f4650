import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { withTools } from '../src/needed-tools.ts'
import { vaultApi } from '../src/vault-api.ts'
import { startVaultServer, type VaultServer } from '../src/vault-server.ts'

const describeVault = withTools(describe, 'OpenBao')

describeVault('a Vault server for tests', () => {
  let server: VaultServer

  beforeAll(async () => {
    server = await startVaultServer()
    await server.api('POST', 'sys/mounts/kept', { type: 'kv', options: { version: '2' } })
    // A KV engine that was just mounted refuses for a moment.
    while ((await server.api('GET', 'kept/config')).status !== 200) await setTimeout(20)
  })
  afterAll(() => server.stop())

  it('keeps what was written when it is killed and started again on its port', async () => {
    await server.api('POST', 'kept/data/a', { data: { text: 'x' } })

    await server.kill()
    await expect(server.api('GET', 'kept/data/a')).rejects.toThrow()
    await server.restart()

    expect(await server.api('GET', 'kept/data/a')).toMatchObject({
      status: 200,
      body: { data: { data: { text: 'x' } } },
    })
  })

  it('answers 503 while it is sealed', async () => {
    await server.seal()
    expect(await server.api('GET', 'kept/data/a')).toEqual({ status: 503, body: { errors: ['Vault is sealed'] } })
    await server.unseal()
    expect(await server.api('GET', 'sys/health')).toMatchObject({ status: 200 })
  })

  it('answers nothing while it is paused, and can be stopped then', async () => {
    const other = await startVaultServer()
    other.pause()
    let answered = false
    const health = other.api('GET', 'sys/health').then((answer) => {
      answered = true
      return answer
    })
    await server.api('GET', 'sys/health')
    expect(answered).toBe(false)
    other.resume()
    expect(await health).toMatchObject({ status: 200 })
    other.pause()
    await other.stop()
  })

  it('ends with the process that has started it, also if that is killed', async () => {
    const holder = fork(fileURLToPath(new URL('children/hold-vault.ts', import.meta.url)), { execArgv: [] })
    const [address] = await once(holder, 'message')
    expect(await vaultApi(String(address), 'GET', 'sys/health')).toMatchObject({ status: 200 })

    holder.kill('SIGKILL')
    const answers = () =>
      vaultApi(String(address), 'GET', 'sys/health').then(
        () => true,
        () => false,
      )
    // Until Jest's own time limit.
    while (await answers()) await setTimeout(20)
  })
})
