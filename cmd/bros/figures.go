package main

import "github.com/prometheus/client_golang/prometheus"

// diskFigures say how much room there is for what the node writes into a folder. A
// system that doesn't tell gives zeros.
func diskFigures(dir string) []prometheus.Collector {
	gauge := func(name, help string, pick func(free, total uint64) uint64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
			free, total, err := diskRoom(dir)
			if err != nil {
				return 0
			}
			return float64(pick(free, total))
		})
	}
	return []prometheus.Collector{
		gauge("bros_disk_free_bytes", "Room on the disk of the data folder.", func(free, _ uint64) uint64 { return free }),
		gauge("bros_disk_size_bytes", "Size of the disk of the data folder.", func(_, total uint64) uint64 { return total }),
	}
}
