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

it('finds a name by searching for it, and names others only where there is none', async () => {
  const { url, requests } = await startServer((response, path) => {
    const isSearch = path.includes('search=')
    const all = Array.from({ length: 11 }, (_, at) => ({ id: at + 1, name: `m${at + 1}` }))
    const found = isSearch ? all.filter(({ name }) => name.includes(path.replace(/^.*search=/, ''))) : all
    const body = path.includes('/mappings/') ? { id: 1, name: 'm1', url: 'https://a/', certificationId: '7' } : found
    response.writeHead(200, { 'content-type': 'application/json', etag: '"1"' }).end(JSON.stringify(body))
  })
  const environment = { XDG_CONFIG_HOME: '/nowhere', MTLS_TOKEN: 't' }
  const show = (name: string) =>
    mtls(['mappings', 'show', name, '--account', 'le123', '--config-api', url], { environment })
  expect(await show('m1')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^name +m1$/m) })
  expect(requests.map((each) => each.url.replace(/^.*le123/, ''))).toEqual(['/mappings?search=m1', '/mappings/1'])
  expect(await show('x')).toMatchObject({
    exitCode: 1,
    stderr:
      'The account le123 has no mapping "x". It has "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9", "m10", ....\n',
  })
  expect(requests.at(-1)?.url).toMatch(/\/mappings\?sort=name&limit=11$/)
})
