import { CodedError } from '@mtls-gateway/domain'
import { Credentials, LeavesBody } from '@mtls-gateway/service-kit'
import { Controller, Post } from '@nestjs/common'
import { ApiTags } from '@nestjs/swagger'
import { AccountParam } from '../http/path-params.ts'

/** Resources of the contract that are not built yet: they take the credentials that they will take, and say so. */
@ApiTags('not built yet')
@LeavesBody(true)
@Controller('mtls/account/:accountId')
export class NotBuiltYetController {
  @Post('certificates/activate/:certificateId')
  @Credentials({ kinds: ['bearer'], scope: 'mtls:write' })
  activate(@AccountParam() _account: string): never {
    throw notBuiltYet('Activation')
  }
}

function notBuiltYet(what: string): CodedError {
  return new CodedError('NOT_BUILT_YET', `${what}: this is not built yet.`)
}
