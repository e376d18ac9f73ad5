#! /usr/bin/env bash
# point: an array of arguments with comments in it; after github:kholia/OSX-KVM (public index id 2669359235)
ALLOCATED_RAM="8192" # MiB
MY_OPTIONS="+ssse3,+sse4.2"
args=(
  -enable-kvm -m "$ALLOCATED_RAM" -cpu Penryn,kvm=on,vendor=GenuineIntel,+invtsc,"$MY_OPTIONS"
  -machine q35
  # 01:00.0 VGA compatible controller [0300]
  -device vfio-pci,host=01:00.0,multifunction=on,x-no-kvm-intx=on
  # -device vfio-pci,host=03:00.0,bus=pcie.0
  -device isa-applesmc,osk="words"
  -drive if=pflash,format=raw,readonly=on,file="$REPO_PATH/OVMF_CODE.fd"
  -smbios type=2
  -device ich9-intel-hda -device hda-duplex
  -drive id=OpenCoreBoot,if=none,snapshot=on,format=qcow2,file="./OpenCore/OpenCore.qcow2"
  -device ide-hd,bus=sata.2,drive=OpenCoreBoot
  -netdev user,id=net0,hostfwd=tcp::2222-:22 -device vmxnet3,netdev=net0,id=net0,mac=52:54:00:c9:18:27
)
qemu-system-x86_64 "${args[@]}"
