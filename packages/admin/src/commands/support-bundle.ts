import { Command } from '@commander-js/extra-typings'
import type { DoctorContext } from '../admin-context.ts'
import { examples } from '../options/examples.ts'

export function supportBundleCommand(context: DoctorContext) {
  return new Command('support-bundle')
    .summary('gather what helps to find a fault, without secrets')
    .description(
      'Writes one .tar.gz with versions, the settings in effect, the findings of doctor, the health and metrics of the ' +
        'running service and, if you name it, the end of its log. Settings that are secrets are masked by their kind, ' +
        'and what the settings and the files that they name hold of secrets is masked wherever it occurs.',
    )
    .argument('[file]', 'where to write it; - is stdout (default: mtls-support-SERVICE-TIME.tar.gz here)')
    .option('--log <file>', 'the log of the service; its last 5 MiB are taken')
    .option('--url <url>', 'where the service is (default: its own address on this host)')
    .option('--management-url <url>', 'where its metrics are (default: its own management port on this host)')
    .addHelpText(
      'after',
      examples(
        'mtls-admin support-bundle /tmp/bundle.tar.gz --log /var/log/config-api.log',
        'kubectl exec deploy/config-api -- mtls-admin support-bundle - > bundle.tar.gz',
      ),
    )
    .action(async (file, { log, url, managementUrl }) => {
      const { makeBundle } = await import('../work/support/bundle.ts')
      await makeBundle(context, { file, log, url, managementUrl })
    })
}
