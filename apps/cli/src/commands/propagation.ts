import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { connect } from '../http/connection.ts'
import { certificateId, mappingId } from '../http/id-by-name.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { wholeNumberOf } from '../options/whole-number.ts'
import { propagationOf, waitForPropagation } from '../rotation/propagation-wait.ts'
import { propagationText } from '../views/propagation-text.ts'

export function propagationCommand(context: CliContext) {
  const command = new Command('propagation')
    .summary('show which forwarders present the current version of a certificate')
    .description(
      'Shows which forwarders present the current version of a certificate. The exit code is 1 unless all of them do.',
    )
    .argument('<certificate>', 'id or name')
    .option('--mapping <mapping>', 'of what this mapping presents instead: id or name')
    .option('--wait', 'wait until every forwarder presents it')
    .option('--timeout <seconds>', 'how long --wait waits at most', wholeNumberOf('seconds'), 60)
    .addHelpText('after', examples('mtls propagation my-client', 'mtls propagation my-client --wait'))
  return withConnection(command).action(async (certificate, { mapping: named, wait, timeout, ...options }) => {
    const connection = await connect(options, context)
    const { output } = context
    const id = await certificateId(connection, certificate)
    const mapping = named && (await mappingId(connection, named))
    const propagating = { certificateId: id, mapping }
    const propagation = wait
      ? await waitForPropagation(connection, propagating, { output, seconds: timeout })
      : await propagationOf(connection, propagating)
    if (!propagation.body.complete) output.exitCode = exitCodes.refused
    output.answer(propagation, propagationText)
  })
}
