# SPDX-License-Identifier: Apache-2.0
# A management controller that knows no DCMI: it is asked by IPMI, and its refusal is the reason why it
# tells no watts.
# lab-options: --qemu=-device --qemu=ipmi-bmc-sim,id=bmc --qemu=-device --qemu=isa-ipmi-kcs,bmc=bmc
source /share/expect.sh

bmc_of() {
  start_recv b --listen 10.0.0.2:5001 --nic eth0 --path copy --memory host --region-size 16M --verify none
  on_a nobounce send 10.0.0.2:5001 --nic eth0 --path copy --memory host --pattern 1 --bytes 4M --measure \
    --json=/tmp/send.json 2>/dev/null
  wait "$recv_pid" || fail "recv: $(cat /tmp/recv.err)"
  json /tmp/send.json 'r["measured"]["power"]["bmc"]["not_available"]'
}
case "$(bmc_of)" in
  *ipmi_devintf*) ;;
  *) fail "without a driver: $(bmc_of)" ;;
esac
modprobe ipmi_si
modprobe ipmi_devintf
for _ in $(seq 100); do
  [ ! -e /dev/ipmi0 ] || break
  sleep 0.1
done
[ -e /dev/ipmi0 ] || fail "no BMC was found: $(dmesg | grep -i ipmi)"
case "$(bmc_of)" in
  *"completion code 0xc1"*) ;;
  *) fail "with a BMC: $(bmc_of)" ;;
esac
