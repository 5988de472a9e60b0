-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
--
-- Host: localhost    Database: express
-- ------------------------------------------------------
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;

DROP TABLE IF EXISTS `waybill`;
CREATE TABLE `waybill` (
  `姓名` varchar(200) DEFAULT NULL COMMENT 'a, (b)',
  `手機` varchar(200) DEFAULT NULL COMMENT 'a, (b)',
  `地址` varchar(200) DEFAULT NULL COMMENT 'a, (b)',
  KEY `idx_first` (`姓名`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

LOCK TABLES `waybill` WRITE;
INSERT INTO `waybill` VALUES ('王芳','14012345678','文一西路969'),('李,明','14012345679','中山路1\n2');
UNLOCK TABLES;
-- Dump completed on 2026-11-21  8:00:00
