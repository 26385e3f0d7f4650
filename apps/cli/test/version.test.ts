import { expect, it } from '@jest/globals'
import { mtls } from './invocation.ts'

const { node } = process.versions

it('mtls version says which build it is, and on which Node it runs', async () => {
  const shown = await mtls(['version'])
  expect(shown).toEqual({ exitCode: 0, stdout: `mtls 1.2.3\ncommit 0123456789ab\nNode ${node}\n`, stderr: '' })
})

it('mtls version --json says it as the services do at /version', async () => {
  const { stdout } = await mtls(['version', '--json'])
  expect(JSON.parse(stdout)).toEqual({ name: 'mtls', version: '1.2.3', commit: '0123456789ab', node })
})
