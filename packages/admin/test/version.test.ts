import { expect, it } from '@jest/globals'
import { mtlsAdmin } from './invocation.ts'

const { node } = process.versions

it('mtls-admin version says which build of which service it is, and on which Node it runs', async () => {
  const shown = await mtlsAdmin(['version'])
  expect(shown).toEqual({ exitCode: 0, stdout: `config-api 1.2.3\ncommit 0123456789ab\nNode ${node}\n`, stderr: '' })
})

it('mtls-admin version --json says it as the service does at /version', async () => {
  const { stdout } = await mtlsAdmin(['version', '--json'])
  expect(JSON.parse(stdout)).toEqual({ name: 'config-api', version: '1.2.3', commit: '0123456789ab', node })
})
