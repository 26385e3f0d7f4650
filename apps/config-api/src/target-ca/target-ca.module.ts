import { Module } from '@nestjs/common'
import { TargetCaController } from './target-ca.controller.ts'

@Module({ controllers: [TargetCaController] })
export class TargetCaModule {}
