# The lab: emulated PCs on which IOMMU, VFIO and KVM are real. See tests/lab/pc.py.
#
#   make lab-image       builds the disk image once (cached under ~/.cache/playthrough)
#   make lab             gives you the PC, with our programs installed; LAB_IOMMU=intel|amd|none
#   make lab-test        the lab's own test

LAB_PYTHON ?= /usr/bin/python3
LAB_IOMMU ?= intel
LAB_TEST_LIMIT_S ?= 1800
LAB_PYTEST = timeout $(LAB_TEST_LIMIT_S) $(LAB_PYTHON) -B -m pytest -p no:cacheprovider --durations=0

.PHONY: lab lab-image lab-test

lab-image:
	$(LAB_PYTHON) -B tests/lab/image/build.py

lab: all
	$(LAB_PYTHON) -B tests/lab/lab.py --iommu $(LAB_IOMMU)

lab-test:
	$(LAB_PYTEST) tests/lab/test_lab.py
