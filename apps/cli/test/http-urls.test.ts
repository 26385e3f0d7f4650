import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { fetchAsMtls } from '../src/fetch-as-mtls.ts'
import { loginFilePath } from '../src/settings/login-file.ts'
import { startServer } from './api-server.ts'
import { mtls } from './invocation.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** It would take a connection: nothing listens there, and nothing is to be sent there. */
const elsewhere = 'http://gateway.example'

let directory: string
let environment: NodeJS.ProcessEnv

beforeEach(async () => {
  directory = await temporaryDirectory()
  environment = { XDG_CONFIG_HOME: directory, MTLS_TOKEN: 'token' }
})

async function keepLogin(login: object): Promise<void> {
  const file = loginFilePath(environment)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, JSON.stringify({ account: 'le123', token: 'token', ...login }))
}

/** Commander reads the environment of the process. */
async function withVariable<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
  process.env[name] = elsewhere
  try {
    return await run()
  } finally {
    delete process.env[name]
  }
}

async function sourceFile(settings: object): Promise<string> {
  const path = join(directory, 'source.json')
  await writeFile(path, JSON.stringify({ accountId: 'le123', bearerToken: 'token', ...settings }))
  return path
}

function expectRefusal(end: Awaited<ReturnType<typeof mtls>>, option: string): void {
  expect(end).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining(`${option} must begin with https://: over http, others on the network could read`),
  })
}

describe('mtls sends no credentials over http beyond this machine', () => {
  it.each([
    {
      option: '--config-api',
      args: ['expiring', '--account', 'le123'],
      kept: 'configApi',
      variable: 'MTLS_CONFIG_API',
    },
    {
      option: '--forwarder-api',
      args: ['check', '--service-name', 'IDP', '--url', 'https://bank.example/', '--account', 'le123'],
      kept: 'forwarderApi',
      variable: 'MTLS_FORWARDER_API',
    },
    { option: '--console-url', args: ['console'], kept: 'console', variable: 'MTLS_CONSOLE_URL' },
  ])('$option, as an option, in the environment, and kept', async ({ option, args, kept, variable }) => {
    expectRefusal(await mtls([...args, option, elsewhere], { environment }), option)
    expectRefusal(await withVariable(variable, () => mtls(args, { environment })), option)
    await keepLogin({ [kept]: elsewhere })
    expectRefusal(await mtls(args, { environment }), option)
  })

  it.each([
    { option: '--config-api', name: 'configApi' },
    { option: '--forwarder-api', name: 'forwarderApi' },
    { option: '--console-url', name: 'console' },
  ])('$option from the file of mtls login --from', async ({ option, name }) => {
    expectRefusal(await mtls(['login', '--from', await sourceFile({ [name]: elsewhere })], { environment }), option)
  })

  it('the code of an invitation', async () => {
    const stdin = 'mtlsinvite_le123.an-id.a-secret'
    const end = await mtls(['login', '--invitation', '--config-api', elsewhere], { environment, stdin })
    expectRefusal(end, '--config-api')
  })

  it('what an identity provider on this machine names as its own', async () => {
    const provider = await startServer((response) => {
      const issuer = `http://${response.req.headers.host}`
      const metadata = {
        issuer,
        device_authorization_endpoint: `${elsewhere}/device`,
        token_endpoint: `${issuer}/token`,
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(metadata))
    })
    const end = await mtls(
      ['login', '--issuer', provider.url, '--client-id', 'mtls', '--device', '--account', 'le123'],
      {
        environment: { ...environment, MTLS_TOKEN: undefined },
        isTerminal: true,
      },
    )
    expectRefusal(end, elsewhere)
  })

  it('whatever asks for a request', async () => {
    await expect(fetchAsMtls(`${elsewhere}/path?query`)).rejects.toMatchObject({ name: 'CliFailure', exitCode: 2 })
    await expect(fetchAsMtls(new Request(elsewhere))).rejects.toMatchObject({ name: 'CliFailure', exitCode: 2 })
  })

  it('and follows no redirect, which could lead there', async () => {
    const server = await startServer((response) => response.writeHead(307, { location: elsewhere }).end())
    expect((await fetchAsMtls(server.url)).status).toBe(307)
    const end = await mtls(['expiring', '--account', 'le123', '--config-api', server.url], { environment })
    expect(end).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('it answers 307') })
  })
})
