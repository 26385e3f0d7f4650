import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { CliFailure } from '../cli-failure.ts'
import { exitCodes } from '../exit-codes.ts'
import { connect } from '../http/connection.ts'
import { headerValue } from '../input/header-value.ts'
import { type KeyMaterial, keyMaterialFile, readKeyMaterial } from '../input/key-material.ts'
import { type CallParts, readCall, withCall } from '../options/call-options.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { readTargetTls, withTargetTls } from '../options/target-tls-options.ts'
import { readTargetTrust, withTargetTrust } from '../options/target-trust-options.ts'
import { testReportText } from '../views/test-report-text.ts'

export function testCommand(context: CliContext) {
  const command = new Command('test')
    .summary('check a certificate and its key without storing them')
    .description(
      'Shows what a PKCS#12 file or PEM files contain, what is wrong with them, and what can read them. With --url, it calls a target with the certificate. Nothing is stored.',
    )
    .argument('<file>', keyMaterialFile)
    .option('--key <file>', 'PEM file of the private key')
    .option('--password-file <file>', 'file with the password; without it, MTLS_PASSWORD is used, or you are asked')
    .option('--url <url>', 'a target to call with the certificate')
    .addHelpText(
      'after',
      examples('mtls test client.p12', 'mtls test cert.pem --key key.pem --url https://bank.example/token'),
    )
  return withConnection(withTargetTls(withTargetTrust(withCall(command)))).action(
    async (file, { key, passwordFile, url, ...options }) => {
      const { configApi } = await connect(options, context)
      const { output } = context
      const call = await readCall(context, options)
      const targetTrust = await readTargetTrust(context, options)
      const targetTls = readTargetTls(options)
      if ((targetTrust !== undefined || targetTls !== undefined) && url === undefined) {
        throw new CliFailure(
          'wrongUse',
          'The options for the target’s trust, and for TLS, need a call: give --url, too.',
        )
      }
      const material = await readKeyMaterial(context, { file, key, passwordFile })
      const report = await configApi.testP12({
        form: { ...asParts(material), body: call.body?.toString('utf8'), targetTrust, targetTls },
        headers: url === undefined ? {} : callHeaders(url, call),
      })
      if (report.body.call?.error) output.exitCode = exitCodes.refused
      output.answer(report, (body) => testReportText(body, output.colour))
    },
  )
}

function asParts(material: KeyMaterial) {
  if (!('p12' in material)) return material
  return { file: new Blob([Buffer.from(material.p12, 'base64')]), password: material.password }
}

function callHeaders(url: string, { method, contentType, authorization }: CallParts): Record<string, string> {
  return {
    'LP-forward-url': headerValue(url, '--url'),
    'LP-method-override': method,
    ...(contentType !== undefined && { 'LP-content-type-override': contentType }),
    ...(authorization !== undefined && { 'LP-authorization-override': authorization }),
  }
}
