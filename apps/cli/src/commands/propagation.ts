import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { connect } from '../http/connection.ts'
import { certificateId } from '../http/id-by-name.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { wholeNumberOf } from '../options/whole-number.ts'
import { waitForPropagation } from '../rotation/propagation-wait.ts'
import { propagationText } from '../views/propagation-text.ts'

export function propagationCommand(context: CliContext) {
  const command = new Command('propagation')
    .summary('show which forwarders present the current version of a certificate')
    .description(
      'Shows which forwarders present the current version of a certificate. The exit code is 1 unless all of them do.',
    )
    .argument('<certificate>', 'id or name')
    .option('--wait', 'wait until every forwarder presents it')
    .option('--timeout <seconds>', 'how long --wait waits at most', wholeNumberOf('seconds'), 60)
    .addHelpText('after', examples('mtls propagation my-client', 'mtls propagation my-client --wait'))
  return withConnection(command).action(async (certificate, { wait, timeout, ...options }) => {
    const connection = await connect(options, context)
    const { output } = context
    const id = await certificateId(connection, certificate)
    const propagation = wait
      ? await waitForPropagation(connection, id, { output, seconds: timeout })
      : await connection.configApi.getPropagation({ certificateId: id })
    if (!propagation.body.complete) output.exitCode = exitCodes.refused
    output.answer(propagation, propagationText)
  })
}
