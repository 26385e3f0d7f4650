/** `npm run schemathesis`: requests made from the OpenAPI documents, against running services. */
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { StepProgress } from '@mtls-gateway/terminal'
import { pythonPackages } from '../support/python-packages.ts'
import { openApiFile } from '../support/repository.ts'
import { runTool } from '../support/run-tool.ts'
import { startDemo } from '../support/running-demo.ts'

const here = import.meta.dirname
const { values } = parseArgs({
  options: { examples: { type: 'string', default: '100' }, seed: { type: 'string' } },
})
const replacedChecks = [
  'not_a_server_error',
  'positive_data_acceptance',
  'negative_data_rejection',
  'response_schema_conformance',
]

const { packages, started } = await prepare()
await using demo = started
const { configApi, forwarderApi } = demo.facts
const env = {
  DEMO_FILE: demo.file,
  SCHEMATHESIS_HOOKS: 'hooks',
  PYTHONPATH: `${here}:${packages}`,
  PYTHONDONTWRITEBYTECODE: '1',
}
// The forwarder first: config-api is asked to delete what it calls with.
const runs = [
  ['forwarder-api', forwarderApi],
  ['config-api', configApi],
] as const

for (const [service, url] of runs) {
  const code = await runTool(
    'python3',
    [
      ...['-c', 'from schemathesis.cli import schemathesis; schemathesis()', 'run', openApiFile(service), '--url', url],
      ...['--max-examples', values.examples, ...(values.seed === undefined ? [] : ['--seed', values.seed])],
      // In their place are checks of the hooks, which know the gateway.
      ...['--exclude-checks', replacedChecks.join(), '--continue-on-failure'],
      // What is refused for a reason beyond schemas is no warning.
      ...['--warnings', 'off'],
    ],
    // It keeps what it found in its working folder.
    { env, cwd: dirname(demo.file) },
  )
  if (code !== 0) process.exitCode = 1
}

/** From then on, Schemathesis itself says how far it is. */
async function prepare() {
  using progress = new StepProgress(process.stderr)
  progress.expect(2)
  progress.next('install Schemathesis, once')
  const packages = await pythonPackages(join(here, 'requirements.txt'))
  progress.next('start a demo')
  const started = await startDemo()
  progress.end()
  return { packages, started }
}
