import { Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A device that was put into a group. */
@Entity('device_group_member')
@Index('ix_device_group_member_device', ['deviceId'])
export class GroupMemberEntity {
  @ForeignKey('GroupEntity', { name: 'fk_device_group_member_group', onDelete: 'CASCADE' })
  @PrimaryColumn({ type: 'bigint' })
  groupId!: number;

  @ForeignKey('DeviceEntity', { name: 'fk_device_group_member_device', onDelete: 'CASCADE' })
  @PrimaryColumn({ type: 'bigint' })
  deviceId!: number;
}
