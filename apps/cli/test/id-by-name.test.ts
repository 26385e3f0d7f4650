import { expect, it } from '@jest/globals'
import { startServer } from './api-server.ts'
import { mtls } from './invocation.ts'

it('takes no certificate for one whose name only reads like it', async () => {
  const certificates = ['pro\u202ed', 'prod'].map((name, at) => ({ id: 7 + at, name }))
  const { url, requests } = await startServer((response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(certificates)),
  )
  const environment = { XDG_CONFIG_HOME: '/nowhere', MTLS_TOKEN: 't' }
  const command = ['certificates', 'delete', 'prod', '--yes', '--account', 'le123', '--config-api', url]
  expect(await mtls(command, { environment })).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'Several have names that read like "prod". Give the id: 7, 8.\n',
  })
  expect(requests).toHaveLength(1)
})
