/** `npm run generated-clients`: clients made from the OpenAPI documents, against running services. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { StepProgress } from '@mtls-gateway/terminal'
import { createCa, makePkcs12 } from '@mtls-gateway/test-kit'
import { pythonPackages } from '../support/python-packages.ts'
import type { ServiceName } from '../support/repository.ts'
import { type RunningDemo, startDemo } from '../support/running-demo.ts'
import { languages } from './languages.ts'

// In Java the later pom.xml stays, and config-api's has what forms need as well.
const services = ['forwarder-api', 'config-api'] as const satisfies readonly ServiceName[]
const { values } = parseArgs({ options: { only: { type: 'string', multiple: true, default: Object.keys(languages) } } })
const unknown = values.only.find((name) => !Object.hasOwn(languages, name))
if (unknown !== undefined)
  throw new Error(`There is no "${unknown}". --only takes ${Object.keys(languages).join(', ')}.`)

using progress = new StepProgress(process.stderr)
progress.expect(2 + values.only.length * (services.length + 1))
progress.next('install openapi-generator, once')
const packages = await pythonPackages(join(import.meta.dirname, 'requirements.txt'))
const folder = await mkdtemp(join(tmpdir(), 'mtls-gateway-clients-'))
try {
  progress.next('start a demo')
  await using demo = await startDemo()
  const env = { FLOW_FILE: await writeFlowFile(demo), PYTHONPATH: packages }
  for (const [name, language] of Object.entries(languages)) {
    if (!values.only.includes(name)) continue
    for (const service of services) {
      progress.next(`${name}: generate the client of ${service}`)
      await language.generate(service, join(folder, name))
    }
    progress.next(`${name}: compile the clients, and run the flow`)
    await language.run(join(folder, name), env)
    progress.end()
    console.log(`${name}: generated, compiled, and went from an upload to the deletion`)
  }
} finally {
  await rm(folder, { recursive: true })
}

/** What the flows need to know. */
async function writeFlowFile({ facts }: RunningDemo): Promise<string> {
  const { configApi, forwarderApi, accountId, bearerToken: token } = facts
  const password = 'secret'
  const identity = await (await createCa()).issue({ commonName: 'generated' })
  const p12 = Buffer.from(makePkcs12({ identity, password })).toString('base64')
  const flow = { configApi, forwarderApi, accountId, token, p12, password, url: 'https://bank.example/token' }
  const file = join(folder, 'flow.json')
  await writeFile(file, JSON.stringify(flow), { mode: 0o600 })
  return file
}
