/** `pull_request`: one of the many things that can happen to a pull request. */
import { Type } from 'class-transformer';
import {
  IsDefined,
  IsIn,
  IsInt,
  IsOptional,
  IsPositive,
  IsString,
  Matches,
  ValidateNested,
} from 'class-validator';
import { Account, Delivery, Repository } from './delivery.js';

export class PullRequest {
  @IsString()
  title!: string;

  @IsOptional()
  @IsString()
  body?: string | null;

  @IsIn(['open', 'closed'])
  state!: 'open' | 'closed';

  @IsDefined()
  @ValidateNested()
  @Type(() => Account)
  user!: Account;
}

export class PullRequestReceived extends Delivery {
  @Matches(/^[a-z_]+$/)
  override action!: string;

  @IsInt()
  @IsPositive()
  number!: number;

  @IsDefined()
  @ValidateNested()
  @Type(() => PullRequest)
  pull_request!: PullRequest;

  @IsDefined()
  @ValidateNested()
  @Type(() => Repository)
  override repository!: Repository;
}
