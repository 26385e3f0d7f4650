import { describe, expect, it } from '@jest/globals'
import { withTools } from '../src/needed-tools.ts'
import { startPebble } from '../src/pebble-server.ts'

withTools(describe, 'Pebble')('a Pebble for tests', () => {
  it('has another root after each start, on the same port', async () => {
    const pebble = await startPebble()
    const first = await pebble.root()
    expect(first).toContain('BEGIN CERTIFICATE')
    await pebble.restart()
    expect(await pebble.root()).not.toBe(first)
    await pebble.stop()
    await expect(pebble.root()).rejects.toThrow('ECONNREFUSED')
  })

  it('can be stopped while it is paused', async () => {
    const pebble = await startPebble()
    pebble.pause()
    await pebble.stop()
  })

  it('tells what Pebble printed when it does not start', async () => {
    await expect(startPebble({ externalAccounts: { 'kid-1': 'not base64!' } })).rejects.toThrow('Pebble')
  })
})
