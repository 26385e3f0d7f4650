import { once } from 'node:events'
import { createServer } from 'node:http'
import { it } from '@jest/globals'

it('fails before it closes its server', async () => {
  await once(createServer().listen(0, '127.0.0.1'), 'listening')
  throw new Error('the server was not looked at')
})
