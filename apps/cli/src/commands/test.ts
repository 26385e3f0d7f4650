import { basename } from 'node:path'
import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { CliFailure } from '../cli-failure.ts'
import { exitCodes } from '../exit-codes.ts'
import { headerValue } from '../input/header-value.ts'
import { readPassword } from '../input/key-material.ts'
import { type CallParts, readCall, withCall } from '../options/call-options.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { readTargetTrust, withTargetTrust } from '../options/target-trust-options.ts'
import { connect } from '../settings/connection.ts'
import { testReportText } from '../views/test-report-text.ts'

export function testCommand(context: CliContext) {
  const command = new Command('test')
    .summary('say what would become of a PKCS#12 file')
    .description(
      'Says of a PKCS#12 file what is in it, what is wrong with it and who can read it. With --url a target is called with its certificate. Nothing is stored.',
    )
    .argument('<file>', 'PKCS#12 file (.p12, .pfx)')
    .option('--password-file <file>', 'file of its password; else MTLS_PASSWORD, else it is asked for')
    .option('--url <url>', 'the target of a call')
    .addHelpText('after', examples('mtls test client.p12', 'mtls test client.p12 --url https://bank.example/token'))
  return withConnection(withTargetTrust(withCall(command))).action(async (file, { passwordFile, url, ...options }) => {
    const { configApi } = await connect(options, context)
    const { output, inputs } = context
    const call = await readCall(context, options)
    const targetTrust = await readTargetTrust(context, options)
    if (targetTrust !== undefined && url === undefined) {
      throw new CliFailure('wrongUse', 'How the target is trusted matters to a call alone: give --url, too.')
    }
    const content = await inputs.file(file)
    const password = await readPassword(context, file, passwordFile)
    const report = await configApi.testP12({
      form: { file: new File([content], basename(file)), password, body: call.body?.toString('utf8'), targetTrust },
      headers: url === undefined ? {} : callHeaders(url, call),
    })
    if (report.body.call?.error) output.exitCode = exitCodes.refused
    output.answer(report, (body) => testReportText(body, output.colour))
  })
}

function callHeaders(url: string, { method, contentType, authorization }: CallParts): Record<string, string> {
  return {
    'LP-forward-url': headerValue(url, '--url'),
    'LP-method-override': method,
    ...(contentType !== undefined && { 'LP-content-type-override': contentType }),
    ...(authorization !== undefined && { 'LP-authorization-override': authorization }),
  }
}
